// A button that reads a file of any kind in the browser and sends it piece by piece.
let count = 0;

// Bytes of a piece; as base64 it fits into a message.
const PIECE = 450_000;

function encoded(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

export default {
  template: `
    <label class="button button--plain pick" :for="uid">
      {{ label }}
      <input :id="uid" type="file" :accept="accept" @change="read($event.target)" />
    </label>`,
  props: { label: String, accept: String, most: Number },
  emits: ["piece", "refused"],
  data() {
    return { uid: `bytes-file-${++count}` };
  },
  methods: {
    async read(input) {
      const file = input.files[0];
      if (!file) return;
      if (file.size > this.most) {
        this.$emit("refused", { name: file.name, bytes: file.size });
      } else {
        const pieces = Math.max(1, Math.ceil(file.size / PIECE));
        for (let number = 0; number < pieces; number++) {
          const data = await encoded(file.slice(number * PIECE, (number + 1) * PIECE));
          this.$emit("piece", { name: file.name, number, pieces, data });
        }
      }
      input.value = "";
    },
  },
};
