package agentapi

import "wattkiosk/uplink/wire"

// State is how far the agent is. Rev changes with every change of it, and never
// repeats while the agent runs.
type State struct {
	Rev     uint64          `json:"rev"`
	Version string          `json:"version"` // that runs
	Build   uint64          `json:"build"`   // that runs
	Slot    string          `json:"slot"`    // that runs: a or b
	Mode    string          `json:"mode"`    // good, trial, fallback
	Other   uint64          `json:"other"`   // build in the slot that does not run; 0 if empty or not known
	Job     *wire.JobReport `json:"job,omitempty"`
	Stick   *Stick          `json:"stick,omitempty"` // nil: none is plugged in, or it was dismissed
}

// modeGood is the Mode of software that is not on trial, and has not fallen back.
const modeGood = "good"

// NoneBefore reports whether no build before one can come to run in this one's place: the board
// falls back to its other slot by itself. It does not where one of them is not known, or 0.
func (s State) NoneBefore(build uint64) bool {
	return build > 0 && (s.Other >= build || s.Other == 0 && s.Mode == modeGood)
}

// StickPhase is how far the agent is with a stick.
type StickPhase string

// The phases of a stick.
const (
	StickWaiting    StickPhase = "waiting"    // plugged in; it is not looked at before somebody has logged in
	StickReading    StickPhase = "reading"    // looking for bundles and checking them
	StickOffered    StickPhase = "offered"    // Offers are what is on it
	StickEmpty      StickPhase = "empty"      // nothing on it concerns a kiosk
	StickInstalling StickPhase = "installing" // File, Percent
	StickInstalled  StickPhase = "installed"  // the new slot is tried at the restart, which follows
	StickFailed     StickPhase = "failed"     // Code and Detail say why; nothing was changed
)

// Stick is a technician's stick.
type Stick struct {
	ID      string     `json:"id"` // another one at every insertion
	Phase   StickPhase `json:"phase"`
	Offers  []Offer    `json:"offers"`
	File    string     `json:"file,omitempty"`
	Percent int        `json:"percent"` // of the payloads that are written
	Code    string     `json:"code,omitempty"`
	Detail  string     `json:"detail,omitempty"`
}

// MaxOffers bounds the bundles of one stick that are looked at.
const MaxOffers = 8

// Offer is one bundle on a stick, with what it would do. Refused is the code of
// why it may not be installed (see ota/update, ota/bundle); empty: it may.
type Offer struct {
	File    string   `json:"file"` // name in the stick's folder
	Version string   `json:"version"`
	Build   uint64   `json:"build"`
	Board   string   `json:"board"`
	Size    int64    `json:"size"` // of the file, in bytes
	Signers []string `json:"signers"`
	Refused string   `json:"refused,omitempty"`
	Detail  string   `json:"detail,omitempty"` // of the refusal, for people
}

// Login says who has logged in at the screen.
type Login struct {
	By string `json:"by"` // staff number
}

// Choice is what a technician chose on the screen.
type Choice struct {
	File string `json:"file"`
	By   string `json:"by"` // staff number
}
