// Package signer keeps head office's keys away from the process that the world talks to.
//
// Words: the keys are four, in one folder: the authority's, which signs certificates;
// the policy key, under which kiosks take policies, rosters, jobs, scripts and orders;
// the staff key, of which one-time codes of technicians are made; and the key of spares,
// which opens what kiosks left of their journals' keys. Keys has them in this
// process. A Handler serves them on a Unix socket, and a Remote is the other end of that:
// the process that has a Remote can have things signed, and cannot take a key away.
//
// What the signer refuses whoever asks: a certificate that is not of the server, of head
// office's own connection or of a kiosk, or lives longer than such a one; a body whose
// purpose it does not know, or that is no message of that purpose; and more than its
// budget of each in an hour. What it signs it says in its log: purpose, digest, name.
// It cannot know whether what it signs was decided by those who may: whoever owns the
// pages' process can have false things signed while that lasts, and within the budget.
//
// Keys in the folder may be sealed under a passphrase (ca.Seal).
package signer

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/sparekey"
)

// ErrAway says that the signer does not answer: nothing is signed.
var ErrAway = errors.New("the signer does not answer")

// ErrKioskKey says that no codes can be agreed on with a kiosk's key.
var ErrKioskKey = errors.New("no one-time codes with this kiosk's key")

// Head is what head office has its keys do. It is safe for concurrent use.
type Head interface {
	// Authority signs certificates.
	Authority() *ca.Authority
	// Policy signs with Ed25519ctx; its Public is an ed25519.PublicKey.
	Policy() crypto.Signer
	// Half is the public half of the staff key, as rosters tell it.
	Half() []byte
	// Code is a technician's answer to a challenge at the kiosk whose public key, PKIX in
	// DER, is given; ErrKioskKey where that key is of another kind.
	Code(kioskKey []byte, kiosk, number, challenge string) (string, error)
	// SparesFor is the public half of the key that opens spares; nil where there is none.
	SparesFor() []byte
	// Spare opens a spare of the key of a kiosk's journal (package sparekey).
	Spare(kiosk, id string, sealed []byte) ([]byte, error)
	// PageSecret is what head office's pages derive their own keys from.
	PageSecret() ([]byte, error)
}

// Keys are head office's keys, in this process.
type Keys struct {
	authority *ca.Authority
	policy    ed25519.PrivateKey
	staff     *ecdh.PrivateKey
	spares    *ecdh.PrivateKey
}

var _ Head = (*Keys)(nil)

// Open loads the keys in dir, or makes those that are not there.
func Open(dir string, opts ...ca.Option) (*Keys, error) {
	authority, err := ca.Open(dir, opts...)
	if err != nil {
		return nil, err
	}
	policy, _, err := ca.PolicyKey(dir, opts...)
	if err != nil {
		return nil, err
	}
	staff, err := ca.StaffKey(dir, opts...)
	if err != nil {
		return nil, err
	}

	spares, err := ca.SpareKey(dir, opts...)
	if err != nil {
		return nil, err
	}

	return &Keys{authority, policy, staff, spares}, nil
}

// Authority implements Head.
func (k *Keys) Authority() *ca.Authority { return k.authority }

// Policy implements Head.
func (k *Keys) Policy() crypto.Signer { return k.policy }

// Half implements Head.
func (k *Keys) Half() []byte { return k.staff.PublicKey().Bytes() }

// Code implements Head.
func (k *Keys) Code(kioskKey []byte, kiosk, number, challenge string) (string, error) {
	public, err := x509.ParsePKIXPublicKey(kioskKey)
	if err != nil {
		return "", ErrKioskKey
	}
	common, err := credential.Agree(k.staff, public)
	if err != nil {
		return "", ErrKioskKey
	}

	return common.Code(kiosk, number, challenge), nil
}

// SparesFor implements Head.
func (k *Keys) SparesFor() []byte { return k.spares.PublicKey().Bytes() }

// Spare implements Head.
func (k *Keys) Spare(kiosk, id string, sealed []byte) ([]byte, error) {
	return sparekey.Open(k.spares, kiosk, id, sealed)
}

// PageSecret implements Head.
func (k *Keys) PageSecret() ([]byte, error) {
	secret, err := hkdf.Key(sha256.New, k.staff.Bytes(), nil, "wattkiosk head office pages 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("cannot derive the pages' secret: %w", err)
	}
	return secret, nil
}
