package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"wattkiosk/uplink/office/people/passwd"
)

// Whoever may try a name in vain must not keep its owner out. So tries are counted apart: a
// browser on which that person has logged in before (it keeps a mark that head office made)
// has a budget and a place to compare passwords of its own, whatever others do; any other is
// counted by its source, and by the name together with all that do not know it.

const (
	deviceCookie = "wattkiosk-device"
	deviceLife   = 180 * 24 * time.Hour
	deviceRandom = 16 // bytes
	maxWaiting   = 32 // strangers that wait for a comparison; more are told that it is busy
)

// lane compares passwords one after another: each comparison takes 19 MiB.
type lane struct {
	place   chan struct{}
	waiting chan struct{}
}

func newLane() *lane { return &lane{make(chan struct{}, 1), make(chan struct{}, maxWaiting)} }

// check compares; errBusy where too many wait.
func (l *lane) check(ctx context.Context, hash, password string) (bool, error) {
	select {
	case l.waiting <- struct{}{}:
		defer func() { <-l.waiting }()
	default:
		return false, errBusy
	}

	select {
	case l.place <- struct{}{}:
		defer func() { <-l.place }()
		return passwd.Matches(hash, password), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// codesOf is what tries of a person's codes are counted by: who has the password and no code must
// not keep its owner out, so that a browser that knows the person is counted by itself.
func codesOf(s *hall, r *http.Request, who string) string { return who + " " + s.device(r, who) }

// mayTry counts a try, and reports whether it may be made.
func (s *peoplePages) mayTry(r *http.Request, name, device string) bool {
	now := s.now()
	if device != "" {
		return s.limits.byDevice.take(device+" "+name, now)
	}
	from := source(r)
	if !s.limits.byAddress.take(from, now) || !s.limits.byUser.take(from+" "+name, now) {
		return false
	}
	ip, err := netip.ParseAddr(from)

	return err == nil && ip.IsLoopback() || s.limits.byName.take(name, now)
}

// device is the mark of a browser on which this person has logged in; empty for another.
func (s *hall) device(r *http.Request, name string) string {
	c, err := r.Cookie(s.deviceName())
	if err != nil {
		return ""
	}
	id, sum, _ := strings.Cut(c.Value, ".")
	if want := s.deviceSum(name, id); len(id) == base64.RawURLEncoding.EncodedLen(deviceRandom) && hmac.Equal([]byte(sum), []byte(want)) {
		return id
	}

	return ""
}

// remember marks a browser on which a person has logged in.
func (s *peoplePages) remember(w http.ResponseWriter, r *http.Request, name string) {
	id := s.device(r, name)
	if id == "" {
		raw := make([]byte, deviceRandom)
		_, _ = rand.Read(raw) // never fails
		id = base64.RawURLEncoding.EncodeToString(raw)
	}
	http.SetCookie(w, &http.Cookie{
		Name: s.deviceName(), Value: id + "." + s.deviceSum(name, id), Path: "/", MaxAge: int(deviceLife.Seconds()),
		Secure: s.cfg.SecureCookies, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

func (s *hall) deviceName() string {
	if s.cfg.SecureCookies {
		return "__Host-" + deviceCookie
	}

	return deviceCookie
}

func (s *hall) deviceSum(name, id string) string {
	m := hmac.New(sha256.New, s.cfg.Secret)
	m.Write([]byte("device 1\n" + id + "\n" + name))

	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
