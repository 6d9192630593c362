package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// ErrSigner says that the process with the keys does not answer: nothing is signed, and there
// are no one-time codes.
var ErrSigner = errors.New("the signer does not answer: nothing is signed, and no codes are made")

// ErrKioskKey says that no one-time code can be made for a kiosk.
var ErrKioskKey = errors.New("this kiosk's certificate is not known here, or its key is not P-256: enrol it again")

// Codes makes one-time codes. An unknown kiosk is stored.ErrNotFound, one without a
// usable key ErrKioskKey.
type Codes interface {
	Code(ctx context.Context, kiosk, number, challenge string) (string, error)
}

var errCodes = errors.New("too many codes; wait a little")

// giveCode makes a one-time code for a technician at a kiosk. Who gave it to whom is
// in the audit log before it is told; the code and the challenge never are.
func (s *peoplePages) giveCode(ctx context.Context, number, kiosk, challenge string) (people.Technician, string, error) {
	if s.cfg.Codes == nil {
		return people.Technician{}, "", fmt.Errorf("one-time code: %w", errNotOffered)
	}
	if !credential.IsChallenge(challenge) {
		return people.Technician{}, "", fmt.Errorf("challenge %w: want the %d digits on the kiosk's screen", errInput, credential.ChallengeDigits)
	}
	t, err := s.technician(ctx, number)
	if err != nil {
		return t, "", err
	}
	user := person(ctx).Name
	if !s.limits.codesBy.take(user, s.now()) || !s.limits.codesFor.take(kiosk, s.now()) {
		return t, "", errCodes
	}
	code, err := s.cfg.Codes.Code(ctx, kiosk, number, challenge)
	if err != nil {
		return t, "", err
	}
	if err := s.audit(ctx, user, "give one-time code", kiosk, "to "+t.Number+" "+t.Name); err != nil {
		return t, "", err
	}
	return t, code, nil
}

// technician is one who logs in at kiosks with a code, or stored.ErrNotFound.
func (s *peoplePages) technician(ctx context.Context, number string) (people.Technician, error) {
	all, err := s.cfg.Store.Technicians(ctx)
	if err != nil {
		return people.Technician{}, err
	}
	i := slices.IndexFunc(all, func(t people.Technician) bool { return t.Number == number && takesCode(t) })
	if i < 0 {
		return people.Technician{}, fmt.Errorf("technician %.20q: %w", number, stored.ErrNotFound)
	}
	return all[i], nil
}

// takesCode reports whether somebody logs in with a one-time code: collectors log in by two, with
// their PINs.
func takesCode(t people.Technician) bool { return !t.Disabled && t.Role == wire.RoleTechnician }

func (s *peoplePages) apiTechnicians(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Technicians(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"technicians": some(rows)})
}

func (s *peoplePages) apiCode(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Kiosk     string `json:"kiosk"`
		Challenge string `json:"challenge"`
	}
	if !s.body(w, r, &in) {
		return
	}
	_, code, err := s.giveCode(r.Context(), r.PathValue("number"), in.Kiosk, in.Challenge)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"code": code})
}

type technicianRow struct {
	people.Technician
	Since  string
	Picked bool
	Codes  bool // the person takes one-time codes
}

// techniciansData is the page, with the code that was just made.
type techniciansData struct {
	Rows    []technicianRow
	Kiosks  []string
	Kiosk   string
	Offered bool
	Code    string // "" is none
	For     people.Technician
	Wrong   string // key of words
}

func (s *peoplePages) techniciansPage(w http.ResponseWriter, r *http.Request) {
	s.showTechnicians(w, r, http.StatusOK, techniciansData{})
}

func (s *peoplePages) showTechnicians(w http.ResponseWriter, r *http.Request, status int, d techniciansData) {
	rows, err := s.cfg.Store.Technicians(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	kiosks, err := s.cfg.Store.Kiosks(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Offered = s.cfg.Codes != nil
	for _, t := range rows {
		d.Rows = append(d.Rows, technicianRow{t, stamp(t.CreatedAt, s.cfg.Store.Zone()), t.Number == d.For.Number, takesCode(t)})
	}
	for _, k := range kiosks {
		d.Kiosks = append(d.Kiosks, k.ID)
	}
	s.show(w, r, status, "technicians", page{Title: language(r).t("techs"), Nav: "techs"}, d)
}

// codeForm shows the code on the page that answers: it is in no address, and a page
// that is fetched again does not have it.
func (s *peoplePages) codeForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f := r.PostForm
	d := techniciansData{Kiosk: f.Get("kiosk"), For: people.Technician{Number: f.Get("number")}}
	challenge := strings.Join(strings.Fields(f.Get("challenge")), "")
	t, code, err := s.giveCode(r.Context(), d.For.Number, d.Kiosk, challenge)
	status, _, _ := verdict(err)
	switch {
	case err == nil:
		d.For, d.Code, status = t, grouped8(code), http.StatusOK
	case errors.Is(err, errInput):
		d.Wrong = "code.challenge"
	case errors.Is(err, ErrKioskKey):
		d.Wrong = "code.key"
	case errors.Is(err, ErrSigner):
		d.Wrong = "code.signer"
	case errors.Is(err, stored.ErrNotFound):
		d.Wrong = "code.unknown"
	case errors.Is(err, errCodes):
		d.Wrong = "error.429"
	default:
		s.failPage(w, r, err)
		return
	}
	s.showTechnicians(w, r, status, d)
}

// grouped8 sets a code in two groups, as it is read over the telephone.
func grouped8(code string) string {
	half := len(code) / 2
	return code[:half] + " " + code[half:]
}
