// Keeps the sounds of one result together: all play at the same time, and only loudness decides what is heard.
//
// One that is heard leads, and is never touched. The others follow it: by a rate that is a little faster or slower while
// they are near, by a jump where they are not. Most of them are not heard, so nobody hears them follow.

const LOOK_MS = 200;
const NEAR_SECONDS = 0.01;
const FAR_SECONDS = 0.15;
const MOST_RATE = 0.04;

export class Together {
  /** @param {HTMLMediaElement[]} sounds */
  constructor(sounds) {
    this.sounds = sounds;
    this.playing = false;
    this.changed = () => {};
    for (const sound of sounds) {
      sound.preservesPitch = false;
      sound.addEventListener("ended", () => sound === this.leader && this.pause());
      // The system's own keys, headphones, a call that comes in.
      sound.addEventListener("pause", () => this.playing && sound === this.leader && !sound.ended && this.pause());
    }
  }

  get leader() {
    return this.sounds.find((sound) => !sound.muted) ?? this.sounds[0];
  }

  get now() {
    return this.leader.currentTime;
  }

  async play() {
    if (this.leader.ended) this.seek(0);
    this.playing = true;
    this.changed();
    this.seek(this.now);
    this.timer = setInterval(() => this.follow(), LOOK_MS);
    const started = await Promise.allSettled(this.sounds.map((sound) => sound.play()));
    if (started.some(({ status, reason }) => status === "rejected" && reason.name === "NotAllowedError")) this.pause();
  }

  pause() {
    this.playing = false;
    clearInterval(this.timer);
    for (const sound of this.sounds) sound.pause();
    this.changed();
  }

  seek(seconds) {
    for (const sound of this.sounds) sound.currentTime = seconds;
  }

  follow() {
    const { leader } = this;
    leader.playbackRate = 1;
    for (const sound of this.sounds) {
      if (sound === leader || sound.seeking || leader.seeking) continue;
      if (sound.paused && !leader.ended) sound.play().catch(() => {});
      const late = leader.currentTime - sound.currentTime;
      if (Math.abs(late) > FAR_SECONDS) sound.currentTime = leader.currentTime;
      const near = Math.abs(late) < NEAR_SECONDS || Math.abs(late) > FAR_SECONDS;
      sound.playbackRate = near ? 1 : 1 + Math.max(-MOST_RATE, Math.min(MOST_RATE, late));
    }
  }
}
