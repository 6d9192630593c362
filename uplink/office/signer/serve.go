package signer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/wire"
)

// Budgets of an hour. A fleet of thousands that enrols, renews, buys and is updated at the
// same time stays far below.
const (
	maxCertificates = 2_000
	maxSignatures   = 60_000
	maxCodes        = 200
	maxSpares       = 20 // boards do not die faster

	maxLists = 4_000

	maxBody = 4 << 20 // bytes of a question; a list of certificates is the longest
)

// Paths on the socket. Bodies and answers are JSON; an error is {"error": …}.
const (
	pathKeys        = "/keys"
	pathCertificate = "/certificate"
	pathSignature   = "/signature"
	pathCode        = "/code"
	pathList        = "/list"
	pathSpare       = "/spare"
)

type known struct {
	CA     string `json:"ca"`
	Policy []byte `json:"policy"` // Ed25519
	Half   []byte `json:"half"`
	Spares []byte `json:"spares"`
	Secret []byte `json:"secret"` // of the pages alone
}

type signature struct {
	Purpose string `json:"purpose"`
	Body    []byte `json:"body"`
}

type code struct {
	Key       []byte `json:"key"`
	Kiosk     string `json:"kiosk"`
	Number    string `json:"number"`
	Challenge string `json:"challenge"`
}

// spare is a sealed key of a journal.
type spare struct {
	Kiosk  string `json:"kiosk"`
	ID     string `json:"id"`
	Sealed []byte `json:"sealed"`
}

// withdrawn is the certificates that count no more.
type withdrawn struct {
	Serials []string `json:"serials"`
}

// answer is what a question is answered with; one field of it.
type answer struct {
	Certificate []byte `json:"certificate,omitempty"`
	List        []byte `json:"list,omitempty"`
	Signature   []byte `json:"signature,omitempty"`
	Code        string `json:"code,omitempty"`
	Spare       []byte `json:"spare,omitempty"`
	Error       string `json:"error,omitempty"`
	Kiosk       bool   `json:"kiosk,omitempty"` // the error is ErrKioskKey
}

// Handler answers whoever may open the socket.
func Handler(keys *Keys, now func() time.Time, log *slog.Logger) http.Handler {
	s := &desk{keys: keys, log: log, spent: spent{now: now, of: map[string]int{}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathKeys, s.tell)
	mux.HandleFunc("POST "+pathCertificate, question(s.certificate))
	mux.HandleFunc("POST "+pathSignature, question(s.signature))
	mux.HandleFunc("POST "+pathCode, question(s.code))
	mux.HandleFunc("POST "+pathSpare, question(s.spare))
	mux.HandleFunc("POST "+pathList, question(s.list))

	return mux
}

type desk struct {
	keys  *Keys
	log   *slog.Logger
	spent spent
}

func question[T any](f func(T) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q T
		err := strictjson.Read(r.Body, maxBody, &q)
		var a answer
		if err == nil {
			a, err = f(q)
		}

		if err != nil {
			w.Header().Set("Content-Type", "application/json")
			a = answer{Error: err.Error(), Kiosk: errors.Is(err, ErrKioskKey)}
			w.WriteHeader(http.StatusConflict)
		}
		say(w, a)
	}
}

func (s *desk) tell(w http.ResponseWriter, _ *http.Request) {
	secret, err := s.keys.PageSecret()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		say(w, answer{Error: err.Error()})
		return
	}
	public, _ := s.keys.policy.Public().(ed25519.PublicKey)
	say(w, known{CA: s.keys.authority.CAPEM(), Policy: public, Half: s.keys.Half(), Spares: s.keys.SparesFor(), Secret: secret})
}

func (s *desk) certificate(q ca.Wish) (answer, error) {
	if err := s.spent.take("certificates", maxCertificates); err != nil {
		return answer{}, s.refuse("certificate", q.Name, err)
	}
	cert, err := s.keys.authority.Issue(q)
	if err != nil {
		return answer{}, s.refuse("certificate", q.Name, err)
	}
	s.log.Info("certificate signed", "name", q.Name, "life", q.Life, "sha256", digest(cert))

	return answer{Certificate: cert}, nil
}

func (s *desk) signature(q signature) (answer, error) {
	err := s.spent.take("signatures", maxSignatures)
	if err == nil {
		err = wire.CheckBody(q.Purpose, q.Body)
	}
	if err != nil {
		return answer{}, s.refuse("signature", q.Purpose, err)
	}
	sig, err := s.keys.policy.Sign(nil, q.Body, &ed25519.Options{Hash: crypto.Hash(0), Context: q.Purpose})
	if err != nil {
		return answer{}, s.refuse("signature", q.Purpose, err)
	}
	s.log.Info("message signed", "purpose", q.Purpose, "sha256", digest(q.Body))

	return answer{Signature: sig}, nil
}

func (s *desk) code(q code) (answer, error) {
	if err := s.spent.take("codes", maxCodes); err != nil {
		return answer{}, s.refuse("code", q.Kiosk, err)
	}
	c, err := s.keys.Code(q.Key, q.Kiosk, q.Number, q.Challenge)
	if err != nil {
		return answer{}, s.refuse("code", q.Kiosk, err)
	}
	s.log.Info("code made", "kiosk", q.Kiosk, "number", q.Number)

	return answer{Code: c}, nil
}

func (s *desk) spare(q spare) (answer, error) {
	if err := s.spent.take("spare keys", maxSpares); err != nil {
		return answer{}, s.refuse("spare key", q.Kiosk, err)
	}
	key, err := s.keys.Spare(q.Kiosk, q.ID, q.Sealed)
	if err != nil {
		return answer{}, s.refuse("spare key", q.Kiosk, err)
	}
	s.log.Warn("the key of a journal was opened", "kiosk", q.Kiosk, "id", q.ID)

	return answer{Spare: key}, nil
}

func (s *desk) list(q withdrawn) (answer, error) {
	if err := s.spent.take("lists", maxLists); err != nil {
		return answer{}, s.refuse("list", "", err)
	}
	list, err := s.keys.authority.CRL(q.Serials)
	if err != nil {
		return answer{}, s.refuse("list", "", err)
	}
	s.log.Info("list of certificates signed", "certificates", len(q.Serials), "sha256", digest(list))

	return answer{List: list}, nil
}

func (s *desk) refuse(what, whose string, err error) error {
	s.log.Warn("not signed", "what", what, "of", fmt.Sprintf("%.80q", whose), "error", err)
	return err
}

// say writes an answer; whoever asked may be gone.
func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// spent counts what was signed in the hour.
type spent struct {
	now func() time.Time

	mu    sync.Mutex
	since time.Time
	of    map[string]int
}

func (s *spent) take(what string, most int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.Sub(s.since) >= time.Hour || now.Before(s.since) {
		s.since = now
		clear(s.of)
	}
	if s.of[what] >= most {
		return fmt.Errorf("%d %s were asked for within an hour: the signer stops there", most, what)
	}
	s.of[what]++

	return nil
}
