// A button that reads a text file in the browser; only so much of it goes to the server.
let count = 0;

// How long a text is in a message, which quotes it twice.
const wire = (text) => new Blob([JSON.stringify(JSON.stringify(text))]).size;

// The longest beginning, up to the end of a line, that a message has room for.
function beginning(text, most) {
  while (wire(text) > most) text = text.slice(0, text.length / 2);
  return text.slice(0, text.lastIndexOf("\n") + 1) || text;
}

export default {
  template: `
    <label class="button button--plain pick" :for="uid">
      {{ label }}
      <input :id="uid" type="file" :accept="accept" @change="read($event.target)" />
    </label>`,
  props: { label: String, accept: String, most: Number, cut: Boolean },
  emits: ["read", "refused"],
  data() {
    return { uid: `file-${++count}` };
  },
  methods: {
    async read(input) {
      const file = input.files[0];
      if (!file) return;
      const text = await file.slice(0, this.most).text();
      const whole = file.size <= this.most && wire(text) <= this.most;
      if (!whole && !this.cut) {
        this.$emit("refused", { name: file.name, bytes: file.size });
      } else {
        this.$emit("read", { name: file.name, text: whole ? text : beginning(text, this.most) });
      }
      input.value = "";
    },
  },
};
