// A button that reads a text file in the browser; only so much of it goes to the server.
let count = 0;

// How long a text is in a message, which quotes it twice.
const wire = (text) => new Blob([JSON.stringify(JSON.stringify(text))]).size;

// The longest beginning, up to the end of a line, that a message has room for.
function beginning(text, most) {
  while (wire(text) > most) text = text.slice(0, text.length / 2);
  return text.slice(0, text.lastIndexOf("\n") + 1) || text;
}

const MARKS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];
// What workbooks begin with: those of today are ZIP archives, those of old are compound files.
const SHEETS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];
const begins = (bytes, mark) => mark.every((byte, place) => bytes[place] === byte);

// The text of bytes, and how they were read: by their mark, as UTF-8 where they are that, else as
// Windows writes in the west of Europe. Of a file that was cut the last letter may be cut, too.
function decoded(bytes, isCut) {
  const marked = MARKS.find(([, mark]) => begins(bytes, mark));
  const read = (encoding, fatal) =>
    new TextDecoder(encoding, { fatal }).decode(bytes, { stream: isCut });
  if (marked) return { encoding: marked[0], text: read(marked[0], false) };
  try {
    return { encoding: "utf-8", text: read("utf-8", true) };
  } catch {
    return { encoding: "windows-1252", text: read("windows-1252", false) };
  }
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
      const bytes = new Uint8Array(await file.slice(0, this.most).arrayBuffer());
      input.value = "";
      if (SHEETS.some((mark) => begins(bytes, mark))) {
        this.$emit("refused", { name: file.name, bytes: file.size, sheet: true });
        return;
      }
      const { encoding, text } = decoded(bytes, file.size > this.most);
      const whole = file.size <= this.most && wire(text) <= this.most;
      if (!whole && !this.cut) {
        this.$emit("refused", { name: file.name, bytes: file.size, sheet: false });
      } else {
        const given = whole ? text : beginning(text, this.most);
        this.$emit("read", { name: file.name, text: given, encoding });
      }
    },
  },
};
