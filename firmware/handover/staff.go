package handover

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/staff"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/wire"
)

// Staff knows who may log in at this kiosk. Login may take seconds; it is called once
// at a time. A *staff.Refused says why somebody was not let in.
type Staff interface {
	Ready() bool // anybody may log in at all
	Challenge() string
	Login(number, pin, code string) (staff.Person, error)
	Enter(number, pin string) (staff.Person, error) // of one who takes the cash out
	Accept(roster wire.Signed) error
	Seal() error                           // the roster, where it lies in clear
	Rekey(private crypto.PrivateKey) error // of a renewed certificate
}

var _ Staff = (*staff.Keeper)(nil)

// errNoStaff means that the kiosk is not enrolled so far that it could know any staff.
var errNoStaff = errors.New("no certificate, or no key of head office")

// OpenStaff opens what this kiosk knows of staff, in a folder of its own.
func OpenStaff(cfg config.Config, keys *boardkey.Board, office mqttlink.Config, key ed25519.PublicKey) (Staff, error) {
	if office.TLS == nil || len(office.TLS.Certificates) == 0 || key == nil {
		return nil, errNoStaff
	}
	k, err := staff.Open(filepath.Join(cfg.StateDir, "staff"), key, cfg.Kiosk, office.TLS.Certificates[0].PrivateKey, time.Now, keys)
	if err != nil {
		return nil, err // a nil *Keeper is no nil Staff
	}
	return k, nil
}
