package update

import (
	"fmt"
	"strings"

	"wattkiosk/firmware/page"
	"wattkiosk/payments/receipt"
)

// StickPhase is how far the update agent is with a stick.
type StickPhase string

// The phases of a stick, by the names of the agent's socket.
const (
	StickWaiting    StickPhase = "waiting" // for a login
	StickReading    StickPhase = "reading"
	StickOffered    StickPhase = "offered"
	StickEmpty      StickPhase = "empty"
	StickInstalling StickPhase = "installing"
	StickInstalled  StickPhase = "installed"
	StickFailed     StickPhase = "failed"
)

// Stick is a technician's stick as the update agent sees it. The zero value is none.
type Stick struct {
	ID      string
	Phase   StickPhase
	Running string // version of the software that runs
	Offers  []Offer
	File    string // that is being installed, or was
	Percent int
	Code    string // failed: why
	Detail  string
}

// Offer is one bundle on a stick. Refused is the code of why it cannot be installed
// here; empty where it can.
type Offer struct {
	File    string
	Version string
	Board   string
	Size    int64 // bytes
	Signers []string
	Refused string
}

// There reports whether a stick is plugged in.
func (k Stick) There() bool { return k.ID != "" }

// Offer is the bundle of a name.
func (k Stick) Offer(file string) (Offer, bool) {
	for _, o := range k.Offers {
		if o.File == file {
			return o, true
		}
	}
	return Offer{}, false
}

// OfferView is a bundle as the screen shows it.
type OfferView struct {
	File        string `json:"file"`
	From        string `json:"from"`
	To          string `json:"to"`
	Size        string `json:"size"`
	Board       string `json:"board"`
	Signers     string `json:"signers"`
	Refused     string `json:"refused,omitempty"`
	RefusedText string `json:"refused_text,omitempty"`
}

func (k Stick) view(o Offer, l receipt.Lang) OfferView {
	v := OfferView{
		File: o.File, From: k.Running, To: o.Version, Size: megabytes(o.Size), Board: o.Board,
		Signers: strings.Join(o.Signers, ", "), Refused: o.Refused,
	}
	if o.Refused != "" {
		v.RefusedText = reason(l, o.Refused)
	}
	return v
}

// megabytes is a size as people read it, in units of a million bytes.
func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// reason says in words why something cannot be installed; a code without words of
// its own is shown itself.
func reason(l receipt.Lang, code string) string {
	key := "update." + code
	if text := page.Text(l, key); text != key {
		return text
	}

	return page.Text(l, "update.other") + " (" + code + ")"
}
