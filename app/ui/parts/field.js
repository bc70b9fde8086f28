// A labelled field with its fault. It keeps what is being typed by itself, so that an answer of
// the server to an earlier letter never takes a later one away.
let count = 0;

const kindsOfOneLine = new Set(["text", "number", "secret"]);

// More than a message of the browser, which quotes the text twice, has room for.
const MOST = 900000;
const isTooLong = (text) =>
  text.length > MOST / 6 && new Blob([JSON.stringify(JSON.stringify(text))]).size > MOST;

// What is under way when a connection breaks is lost: whatever the server has not confirmed is sent
// again over the next one. It reads one message after the other, so that its answer to the latest
// confirms all before it.
const unheard = new Map();
let isWaiting = false;

function waitUntilHeard() {
  if (isWaiting || !unheard.size || !window.socket?.connected) return;
  isWaiting = true;
  const told = new Map(unheard);
  const message = { client_id: window.clientId, next_message_id: window.nextMessageId };
  window.socket.emit("ack", message, () => {
    isWaiting = false;
    for (const [field, text] of told) if (unheard.get(field) === text) unheard.delete(field);
    waitUntilHeard();
  });
}

function tellAgain() {
  isWaiting = false;
  for (const [field, text] of unheard) field.$emit("update:value", text);
  waitUntilHeard();
}

let socket;
function remember(field, text) {
  if (socket !== window.socket) {
    socket = window.socket;
    socket.on("connect", tellAgain);
  }
  unheard.set(field, text);
  waitUntilHeard();
}

export default {
  template: `
    <div class="field" :class="{ 'field--bare': bare, 'field--fault': wrong }"
      :style="{ '--letters': Math.min(letters, 24) }">
      <label :for="uid" class="field__label">{{ label }}</label>
      <select v-if="kind === 'choice'" :id="uid" :value="text" @change="tell($event.target.value)"
        :disabled="disabled" :aria-invalid="!!wrong" :aria-describedby="described">
        <option v-for="o in options" :key="o[0]" :value="o[0]">{{ o[1] }}</option>
      </select>
      <textarea v-else-if="kind === 'area'" :id="uid" :value="text" :rows="rows" spellcheck="false"
        @input="tell($event.target.value)" :placeholder="placeholder" wrap="off"
        :aria-invalid="!!wrong" :aria-describedby="described"></textarea>
      <input v-else-if="kind === 'range'" :id="uid" type="range" :min="least" :max="most"
        :step="step" :value="text" @input="tell($event.target.value)" :disabled="disabled" />
      <input v-else :id="uid" :type="kind === 'secret' ? 'password' : 'text'" :value="text"
        :inputmode="kind === 'number' ? 'decimal' : 'text'" :placeholder="placeholder"
        :disabled="disabled" :list="suggestions ? uid + '-list' : null" autocomplete="off"
        spellcheck="false" @input="tell($event.target.value)" @keydown.enter="$emit('enter')"
        @paste="paste"
        :aria-invalid="!!wrong" :aria-describedby="described" />
      <datalist v-if="suggestions" :id="uid + '-list'">
        <option v-for="s in suggestions" :key="s" :value="s"></option>
      </datalist>
      <p v-if="wrong" :id="uid + '-said'" class="field__fault">{{ wrong }}</p>
      <div v-if="wrong && choices && choices.length" class="field__choices">
        <button v-for="c in choices" :key="c[1]" type="button" class="button button--plain button--small"
          @click="$emit('settle', c[0])">{{ c[1] }}</button>
      </div>
      <p v-if="hint && !wrong" :id="uid + '-said'" class="field__hint">{{ hint }}</p>
    </div>`,
  props: {
    label: String,
    value: String,
    kind: String,
    options: Array,
    suggestions: Array,
    placeholder: String,
    hint: String,
    fault: String,
    choices: Array,
    bare: Boolean,
    disabled: Boolean,
    rows: Number,
    least: Number,
    most: Number,
    step: Number,
  },
  emits: ["update:value", "enter", "settle"],
  data() {
    return { text: this.value ?? "", uid: `field-${++count}`, tooLong: false };
  },
  computed: {
    wrong() {
      return this.tooLong ? "Longer than this page can take" : this.fault;
    },
    letters() {
      return (kindsOfOneLine.has(this.kind) ? this.text || this.placeholder || "" : "").length;
    },
    described() {
      return this.wrong || this.hint ? `${this.uid}-said` : null;
    },
  },
  watch: {
    value(now) {
      this.text = now ?? "";
    },
  },
  methods: {
    // A line of text has no line ends: where several lines are pasted, semicolons part them.
    paste(event) {
      const given = event.clipboardData?.getData("text/plain") ?? "";
      const lines = given.split(/\r\n|\r|\n/).filter((line) => line.trim());
      if (lines.length < 2) return;
      event.preventDefault();
      const { selectionStart: from, selectionEnd: to, value } = event.target;
      this.tell(value.slice(0, from) + lines.join("; ") + value.slice(to));
    },
    tell(text) {
      this.text = text;
      this.tooLong = isTooLong(text);
      if (this.tooLong) return;
      this.$emit("update:value", text);
      remember(this, text);
    },
  },
};
