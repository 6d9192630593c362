package emv

import (
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// Limits of a dialogue with a card.
const (
	// MaxAPDU is the longest command in bytes: 5 of header, 255 of data, Le.
	MaxAPDU = 261
	// MaxResponse is the longest response in bytes, with its status word.
	MaxResponse = 258
	// MaxExchanges is how many APDUs a payment may take. A usual one takes ten to twenty.
	MaxExchanges = 160
	// MaxRecords is how many records an AFL may name.
	MaxRecords = 64
	// MaxDirectory is how many records of the directory are asked for; the last must say
	// that there is none.
	MaxDirectory = 16
	// MaxCandidates is how many applications of a card are looked at.
	MaxCandidates = 16
	// MaxFurther is how many applications a card may have under one partial name.
	MaxFurther = 8
)

// Status words.
const (
	swOK         = 0x9000
	swBlocked    = 0x6283 // SELECT: the application is blocked
	swNotUsable  = 0x6985 // GPO: conditions of use not satisfied
	swNoFunction = 0x6A81 // SELECT: the card is blocked
	swNoFile     = 0x6A82
	swNoRecord   = 0x6A83
)

// Kernel is the dialogue of one payment. See the package. Its parts take turns in the
// order of their fields, each with the answers to its own commands.
type Kernel struct {
	terminal Terminal
	payment  Payment

	due       Step // what was asked for last
	exchanges int
	apdu      [MaxAPDU]byte // of the last Send
	objects   objects
	tvr       Code
	tsi       [2]byte

	selection selection
	records   records
	verify    verify
	asked     asked
	issuer    issuer
	secrets   []Secret // handed out: card data and field 55
}

// New makes a kernel for one payment. It fails when terminal or payment are not as
// their fields say.
func New(t Terminal, p Payment) (*Kernel, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}

	k := &Kernel{terminal: t, payment: p}
	k.selection = selection{k: k}
	k.records = records{k: k}
	k.verify = verify{k: k}
	k.asked = asked{k: k}
	k.issuer = issuer{k: k}
	k.objects.load(t, p)
	k.note()

	return k, nil
}

// Start begins the dialogue with a card that was just reset.
func (k *Kernel) Start() Step {
	if k.due == nil {
		k.due = k.selection.selectDirectory()
	}

	return k.due
}

// Answer gives the response to the last Send: data and two status bytes. A response
// that is empty says that the card gave none.
func (k *Kernel) Answer(response []byte) Step {
	send, ok := k.due.(Send)
	if !ok {
		return k.due
	}

	clear(k.apdu[:])
	switch n := len(response); {
	case n < 2:
		k.due = k.end(BadCard, ErrSilent)
	case n > MaxResponse:
		k.due = k.bad(send.Command, ErrBounds)
	default:
		sw := int(response[n-2])<<8 | int(response[n-1])
		k.due = k.take(send.Command, response[:n-2], sw)
	}

	return k.due
}

// take carries on with the answer to a command.
func (k *Kernel) take(c Command, data []byte, sw int) Step {
	switch c {
	case SelectDirectory:
		return k.selection.tookDirectory(data, sw)
	case ReadDirectory:
		return k.selection.tookEntry(data, sw)
	case SelectListed:
		return k.selection.tookListed(data, sw)
	case SelectApplication:
		return k.selection.tookApplication(data, sw)
	case GetProcessingOptions:
		return k.records.tookOptions(data, sw)
	case ReadRecord:
		return k.records.tookRecord(data, sw)
	case FirstGenerateAC:
		return k.asked.tookFirst(data, sw)
	case ExternalAuthenticate:
		return k.issuer.tookAuthentication(sw)
	case ScriptBefore, ScriptAfter:
		return k.issuer.tookScript(sw)
	case SecondGenerateAC:
		return k.asked.tookSecond(data, sw)
	}

	return k.bad(c, ErrMalformed)
}

// CardGone says that the card was pulled out or that the reader lost it.
func (k *Kernel) CardGone() Step {
	switch k.due.(type) {
	case End, nil:
		return k.due
	case GoOnline:
		k.asked.gone = true // the bank's answer is wanted all the same
		return k.due
	}
	k.due = k.end(Pulled, ErrPulled)

	return k.due
}

// Choose answers a Choose with the place of an application in its list.
func (k *Kernel) Choose(i int) Step {
	c, ok := k.due.(Choose)
	if !ok || i < 0 || i >= len(c.Applications) {
		return k.due
	}
	k.due = k.selection.selectApplication(i)

	return k.due
}

// PIN answers an EnterPIN.
func (k *Kernel) PIN(r PINResult) Step {
	if _, ok := k.due.(EnterPIN); ok && r >= PINEntered && r <= PINPadOut {
		k.due = k.verify.tookPIN(r)
	}

	return k.due
}

// Bank answers a GoOnline.
func (k *Kernel) Bank(a BankAnswer) Step {
	if _, ok := k.due.(GoOnline); ok {
		k.due = k.issuer.tookBank(a)
	}

	return k.due
}

// Cancel gives up before the bank is asked; from GoOnline on it changes nothing.
func (k *Kernel) Cancel() Step {
	switch k.due.(type) {
	case End, GoOnline, nil:
		return k.due
	}
	if !k.asked.bank {
		k.due = End{Outcome{Ending: Cancelled}}
	}

	return k.due
}

// Wipe overwrites everything that came from the card, and everything that was handed
// out. The kernel is of no further use.
func (k *Kernel) Wipe() {
	k.objects.wipe()
	for _, s := range k.secrets {
		s.Wipe()
	}
	clear(k.apdu[:])
	k.issuer.wipe()
	k.secrets, k.payment.Unpredictable = nil, [4]byte{}
	switch _, ended := k.due.(End); {
	case ended:
	case k.asked.bank:
		k.due = End{k.asked.outcome(Pulled, ErrPulled)}
	default:
		k.due = End{Outcome{Ending: Cancelled}}
	}
}

// handOut keeps a secret for Wipe.
func (k *Kernel) handOut(s Secret) Secret {
	k.secrets = append(k.secrets, s)

	return s
}

// send makes an APDU with a Le of 00: the header, and data unless there are none.
func (k *Kernel) send(c Command, header [4]byte, data []byte) Step {
	b := append(k.apdu[:0], header[:]...)
	if len(data) > 0 {
		b = append(append(b, byte(len(data))), data...)
	}

	return k.transmit(c, append(b, 0))
}

// transmit asks for an APDU that lies in k.apdu.
func (k *Kernel) transmit(c Command, apdu []byte) Step {
	k.exchanges++
	if k.exchanges > MaxExchanges {
		return k.bad(c, ErrBounds)
	}

	return Send{Command: c, APDU: apdu}
}

// note puts TVR and TSI among the objects.
func (k *Kernel) note() {
	k.objects.set(tagTVR, k.tvr[:], false)
	k.objects.set(tagTSI, k.tsi[:], false)
}

// bad ends with a card that did not do as it should. Once the bank was asked, its
// answer decides.
func (k *Kernel) bad(c Command, why error) Step {
	return k.end(BadCard, fmt.Errorf("%v: %w", c, why))
}

// badStatus is bad for a status word.
func (k *Kernel) badStatus(c Command, sw int) Step {
	return k.bad(c, fmt.Errorf("%w %04X", ErrStatus, sw))
}

// missing is bad for an object that is not there.
func (k *Kernel) missing(c Command, tag tlv.Tag) Step {
	return k.bad(c, fmt.Errorf("%v: %w", tag, ErrMissing))
}
