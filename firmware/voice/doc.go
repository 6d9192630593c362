// Package voice says what the screen shows, where words help: put notes in, take
// your slip, take your card, we are sorry. It follows the screens of the visit
// from outside, at its own pace: the core never waits for it and does not know of
// it.
//
// A prompt is a recording by name and language, <lang>/<name>.wav in one folder
// (hal/audio). It is said in the language of the screen; where there is no such
// recording, in Chinese; where there is none at all, the kiosk stays silent. Script
// lists the prompts with the words to record.
//
// In the quiet hours prompts are softer, or not heard. The package refuses to
// repeat itself: a screen that is drawn again says nothing.
package voice
