// A button that reads a text file in the browser; only so much of it goes to the server.
let count = 0;

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
      if (file.size > this.most && !this.cut) {
        this.$emit("refused", { name: file.name, bytes: file.size });
      } else {
        this.$emit("read", { name: file.name, text: await file.slice(0, this.most).text() });
      }
      input.value = "";
    },
  },
};
