// What other parts do after each drawing, before the browser paints.
class Signal {
  constructor() { this.listeners = []; }
  on(f) { this.listeners.push(f); }
  emit(value) { for (const f of this.listeners) f(value); }
}

export const afterDraw = new Signal();
export const afterKey = new Signal(); // a key of the keypad was touched
