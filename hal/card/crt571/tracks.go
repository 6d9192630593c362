package crt571

import (
	"bytes"
	"time"

	"wattkiosk/hal/card"
)

// readTracks reads all three tracks, on readers that have them.
func (d *Driver) readTracks(now time.Time) {
	if !d.cfg.Tracks {
		d.own.Refuse(wrap(card.ErrUnsupported, "magnetic tracks"))
		return
	}
	if !d.inside() {
		return
	}

	d.unpower() // the card moves past the heads
	d.ask(now, question{text: command(CmdTracks, TracksAll), within: d.cfg.MoveTimeout, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		if err := a.result(); err != nil {
			d.broken(now, err)
			return
		}
		d.own.Finish(card.Done, card.Event{Tracks: ParseTracks(a.Data)})
	}})
}

// separator stands between the segments of the tracks.
const separator = 0x7E

// ParseTracks reads the data of the answer to CmdTracks: for each track a segment,
// 7E between; P and the characters, or N and an error code. Sentinels are taken
// off. A track that is missing or could not be read stays empty. (Inferred; check
// on a device.)
func ParseTracks(data []byte) (tracks [3]card.Secret) {
	for i, part := range bytes.Split(data, []byte{separator}) {
		if i >= len(tracks) || len(part) < 2 || part[0] != HeadPositive {
			continue
		}
		text := bytes.TrimLeft(part[1:], "%;")
		if at := bytes.IndexByte(text, '?'); at >= 0 {
			text = text[:at]
		}
		tracks[i] = append(card.Secret(nil), text...)
	}
	return tracks
}
