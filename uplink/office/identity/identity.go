package identity

import (
	"time"
)

// Service is whether a kiosk works for head office.
type Service string

// The services.
const (
	InService Service = "in-service"
	Suspended Service = "suspended" // for the time being
	Replaced  Service = "replaced"  // its board is given up; another one is to be enrolled
	Retired   Service = "retired"   // for good
)

// Services are all of them.
func Services() []Service { return []Service{InService, Suspended, Replaced, Retired} }

// Certificate is one that head office signed for a kiosk. Times are Unix ms; Issued is where
// its validity begins.
type Certificate struct {
	Serial string // in hex
	Kiosk  string
	Key    string // public, PKIX in DER
	Issued int64
	Ends   int64
}

// Identity is what the books hold of one kiosk. Empty keys are not known.
type Identity struct {
	Kiosk   string
	Service Service
	Key     string // the newest
	Ends    int64  // of its certificate; 0 is not known
	Life    int64  // of its certificate, ms; 0 is not known

	Next     string // certified, and not proven yet
	NextEnds int64
	NextAt   int64 // when it was certified, by head office's clock

	Issued int64 // the newest date of issue of all its certificates; 0 is not known

	By        string // who changed the service last
	Reason    string
	ChangedAt int64
	Rev       uint64 // rises with each change of any kiosk's identity
}

// Verdict is what is said of a kiosk that shows a certificate.
type Verdict uint8

// The verdicts.
const (
	Stranger     Verdict = iota // not in the books
	Admitted                    // it is the kiosk
	RenewalOnly                 // its certificate has ended, and may be renewed
	Lost                        // the books have lost this key: see Desk.Adopt
	KeyReplaced                 // the kiosk has another key
	Ended                       // the certificate has ended for good
	OutOfService                // suspended, replaced or retired
)

// Judge says whether a certificate, whose chain to head office's authority was verified, is
// that of the kiosk now. grace is for how long one that has ended may be renewed.
//
//	service      key                 certificate       verdict
//	not in       any                 any               OutOfService
//	in           newest, next        valid             Admitted
//	in           newest, next        ended, in grace   RenewalOnly
//	in           newest, next        ended before      Ended
//	in           none in the books   valid             Admitted
//	in           none in the books   ended             Ended
//	in           other, issued later valid, in grace   Lost
//	in           other               any               KeyReplaced
func (i Identity) Judge(c Certificate, grace time.Duration, now time.Time) Verdict {
	at := now.UnixMilli()
	ended := at >= c.Ends
	over := at >= c.Ends+grace.Milliseconds()

	switch {
	case i.Service != InService:
		return OutOfService
	case i.Key == "" && ended:
		return Ended
	case i.Key == "":
		return Admitted
	case c.Key != i.Key && c.Key != i.Next || c.Key == "":
		if i.Issued != 0 && c.Issued > i.Issued && !over {
			return Lost
		}
		return KeyReplaced
	case over:
		return Ended
	case ended:
		return RenewalOnly
	}

	return Admitted
}

// renewalShare of a certificate's life is left when it is due to be renewed.
const renewalShare = 3

// Due reports whether the kiosk is to renew its certificate. One of which the books know no
// end is due: it is of software whose certificates lasted ten years.
func (i Identity) Due(now time.Time) bool {
	return i.Ends == 0 || now.UnixMilli() >= i.Ends-i.Life/renewalShare
}

// Valid reports whether a certificate is of a key that counts.
func (i Identity) Valid(key string) bool {
	return i.Service == InService && key != "" && (key == i.Key || key == i.Next)
}
