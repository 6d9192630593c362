package bankcard

import (
	"encoding/json"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/uplink/wire"
)

// input is one thing that waits for Decide: a report of a device, an answer, or the end
// that somebody asked for. One field is set.
type input struct {
	now    time.Time
	card   *card.Event
	pad    *pinpad.Event
	answer *answer
	closes *closing
}

// closing is the end of a transaction for which nothing was taken.
type closing struct {
	serial string
	why    string
}

// answer is what became of an Ask; without a frame it has none.
type answer struct {
	key   string
	frame []byte // with its length
}

// readAnswer takes the frame out of head office's reply. An error, of whatever kind,
// is no answer: a sale is reversed then, which costs one message.
func readAnswer(a tender.Ask, r tender.Reply) *answer {
	var result wire.FrameResult
	if r.Error != nil || json.Unmarshal(r.Body, &result) != nil || len(result.Frame) == 0 {
		return &answer{key: a.Key}
	}
	n := len(result.Frame)

	return &answer{key: a.Key, frame: append([]byte{byte(n >> 8), byte(n)}, result.Frame...)}
}
