package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"wattkiosk/uplink/office/ca"
)

// askTime bounds a question to the signer.
const askTime = 10 * time.Second

// Remote asks the signer on a Unix socket. It is safe for concurrent use, and finds a
// signer that was started again.
type Remote struct {
	http      http.Client
	known     known
	authority *ca.Authority
}

var _ Head = (*Remote)(nil)

// Dial asks the signer at socket for what everybody may know. dir is where the server's
// certificate and key lie, which are no secrets of the signer's.
func Dial(ctx context.Context, socket, dir string, opts ...ca.Option) (*Remote, error) {
	r := &Remote{http: http.Client{Timeout: askTime, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
	if err := r.ask(ctx, http.MethodGet, pathKeys, nil, &r.known); err != nil {
		return nil, err
	}
	if len(r.known.Policy) != ed25519.PublicKeySize || len(r.known.Secret) == 0 {
		return nil, errors.New("the signer does not tell its keys")
	}
	var err error
	r.authority, err = ca.Elsewhere(dir, r.known.CA, r, opts...)

	return r, err
}

// Close gives idle connections up.
func (r *Remote) Close() { r.http.CloseIdleConnections() }

// Authority implements Head.
func (r *Remote) Authority() *ca.Authority { return r.authority }

// Policy implements Head.
func (r *Remote) Policy() crypto.Signer { return policy{r} }

// Half implements Head.
func (r *Remote) Half() []byte { return r.known.Half }

// SparesFor implements Head; an older signer has none.
func (r *Remote) SparesFor() []byte { return r.known.Spares }

// Spare implements Head.
func (r *Remote) Spare(kiosk, id string, sealed []byte) ([]byte, error) {
	var a answer
	err := r.post(pathSpare, spare{kiosk, id, sealed}, &a)

	return a.Spare, err
}

// PageSecret implements Head.
func (r *Remote) PageSecret() ([]byte, error) { return r.known.Secret, nil }

// Code implements Head.
func (r *Remote) Code(kioskKey []byte, kiosk, number, challenge string) (string, error) {
	var a answer
	err := r.post(pathCode, code{kioskKey, kiosk, number, challenge}, &a)

	return a.Code, err
}

// Issue implements ca.Issuer.
func (r *Remote) Issue(w ca.Wish) ([]byte, error) {
	var a answer
	err := r.post(pathCertificate, w, &a)

	return a.Certificate, err
}

// List implements ca.Lister.
func (r *Remote) List(serials []string) ([]byte, error) {
	var a answer
	err := r.post(pathList, withdrawn{serials}, &a)

	return a.List, err
}

// policy is the policy key, elsewhere.
type policy struct{ r *Remote }

// Public implements crypto.Signer.
func (p policy) Public() crypto.PublicKey { return ed25519.PublicKey(p.r.known.Policy) }

// Sign implements crypto.Signer, for Ed25519ctx alone.
func (p policy) Sign(_ io.Reader, body []byte, opts crypto.SignerOpts) ([]byte, error) {
	o, ok := opts.(*ed25519.Options)
	if !ok || o.Hash != 0 || o.Context == "" {
		return nil, errors.New("the signer signs for a purpose only")
	}
	var a answer
	if err := p.r.post(pathSignature, signature{o.Context, body}, &a); err != nil {
		return nil, err
	}
	if err := ed25519.VerifyWithOptions(p.r.known.Policy, body, a.Signature, o); err != nil {
		return nil, errors.New("the signer has another key by now: start head office again")
	}

	return a.Signature, nil
}

func (r *Remote) post(path string, question, into any) error {
	b, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("cannot ask the signer: %w", err)
	}
	return r.ask(context.Background(), http.MethodPost, path, b, into)
}

func (r *Remote) ask(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://signer"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cannot ask the signer: %w", err)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end, or is of no use
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return fmt.Errorf("cannot ask the signer: %w", err)
	}

	if resp.StatusCode != http.StatusOK {
		var a answer
		switch err := json.Unmarshal(b, &a); {
		case err == nil && a.Kiosk:
			return ErrKioskKey
		case err == nil && a.Error != "":
			return fmt.Errorf("the signer refuses: %.400s", a.Error)
		}
		return fmt.Errorf("the signer answers %s", resp.Status)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the signer's answer cannot be read: %w", err)
	}

	return nil
}
