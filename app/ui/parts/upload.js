// A place to drop files on, or to choose them at. Each file goes to the service in a request of its
// own; how far it is stays here, and the server hears of its end.
let count = 0;

const read = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};
const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

// Why the service refused, in its own words.
const reason = (request) => {
  const body = read(request.responseText);
  const faults = (body.errors ?? []).map((each) => [each.message, each.hint].filter(Boolean).join(": "));
  return sentence(faults.join("; ") || body.detail || body.title || `It was refused (${request.status})`);
};

export default {
  template: `
    <div class="drop" :class="{ 'drop--over': over }" @dragover.prevent="over = true"
      @dragleave.prevent="over = false" @drop.prevent="drop($event.dataTransfer.files)">
      <p class="drop__said">{{ said }}</p>
      <label class="button button--primary pick" :for="uid">
        {{ label }}
        <input :id="uid" type="file" :accept="accept" multiple @change="choose($event.target)" />
      </label>
      <p class="quiet small">{{ hint }}</p>
      <ul class="drop__files" aria-live="polite">
        <li v-for="each in files" :key="each.key" class="drop__file">
          <span class="drop__name">{{ each.name }}</span>
          <div class="progress" role="progressbar" :aria-label="each.name" aria-valuemin="0"
            aria-valuemax="100" :aria-valuenow="Math.round(100 * each.share)"
            :class="{ 'progress--ended': each.state === 'stored', 'progress--failed': each.state === 'refused' }">
            <div :style="{ width: 100 * each.share + '%' }"></div>
          </div>
          <span class="small" :class="each.state === 'refused' ? 'drop__refused' : 'quiet'">
            {{ each.said }}</span>
          <button v-if="each.state === 'sending'" type="button" class="button button--quiet button--small"
            @click="each.stop()">Stop</button>
        </li>
      </ul>
    </div>`,
  props: { said: String, label: String, hint: String, accept: String, place: String },
  emits: ["stored"],
  data() {
    return { uid: `upload-${++count}`, over: false, files: [] };
  },
  methods: {
    choose(input) {
      this.drop(input.files);
      input.value = "";
    },
    drop(files) {
      this.over = false;
      for (const file of files) this.send(file);
    },
    send(file) {
      const request = new XMLHttpRequest();
      const stop = () => request.abort();
      this.files.push({ key: ++count, name: file.name, share: 0, state: "sending", said: "", stop });
      const entry = this.files[this.files.length - 1];
      const end = (state, said) => Object.assign(entry, { state, said, share: state === "stored" ? 1 : entry.share });
      request.open("POST", `${this.place}?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => {
        if (!event.lengthComputable || !event.total) return;
        entry.share = event.loaded / event.total;
        entry.said = `${Math.round(100 * entry.share)} %`;
      };
      request.onload = () => {
        if (request.status >= 300) return end("refused", reason(request));
        end("stored", "Stored");
        this.$emit("stored", String(read(request.responseText).id ?? ""));
      };
      request.onerror = () => end("refused", "The service does not answer");
      request.onabort = () => end("refused", "Stopped");
      request.send(file);
    },
  },
};
