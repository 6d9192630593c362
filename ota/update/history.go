package update

import (
	"strings"
	"time"
)

// What an entry of the history says.
const (
	EntryInstalled = "installed"
	EntryGood      = "good"
	EntryFellBack  = "fell-back"
	EntryRefused   = "refused"
)

// Entry is one line of the history.
type Entry struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"` // installed, good, fell-back, refused
	By     string    `json:"by,omitempty"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Build  uint64    `json:"build"`
	Code   string    `json:"code,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// Bounds of the history.
const (
	maxHistory = 100 // entries
	maxDetail  = 500 // bytes
)

// History is the newest entries, oldest first.
func (b *Board) History() ([]Entry, error) {
	var list []Entry
	return list, b.load("history.json", &list)
}

// Record adds to the history.
func (b *Board) Record(e Entry) error {
	list, err := b.History()
	if err != nil {
		list = nil // an unreadable history must not stop updates
	}
	e.At = b.Now().UTC().Truncate(time.Second)
	e.Detail = strings.ToValidUTF8(e.Detail[:min(len(e.Detail), maxDetail)], "")
	list = append(list, e)
	return b.save("history.json", list[max(0, len(list)-maxHistory):])
}
