package acquirersim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// sign makes a signature over a text. A wrong one is genuine, of another text.
func (s *Server) sign(text string, wrong bool) string {
	if wrong {
		text += "something else"
	}
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, s.keys.Acquirer, crypto.SHA256, sum[:])
	if err != nil {
		s.err = fmt.Errorf("cannot sign: %w", err)
	}

	return base64.StdEncoding.EncodeToString(sig)
}

// signedBy reports whether the merchant signed a text.
func (s *Server) signedByMerchant(text, signature string) bool {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(text))

	return rsa.VerifyPKCS1v15(&s.keys.Merchant.PublicKey, crypto.SHA256, sum[:], sig) == nil
}

// timely reports whether a time in seconds is near enough to ours.
func (s *Server) timely(stamp string) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}

	return s.near(time.Unix(n, 0))
}

func (s *Server) near(t time.Time) bool {
	d := s.now().Sub(t)

	return d <= clockLimit && d >= -clockLimit
}

// fresh reports whether a nonce comes for the first time.
func (s *Server) fresh(nonce string) bool {
	if nonce == "" || s.nonces[nonce] {
		return false
	}
	s.nonces[nonce] = true

	return true
}

// nonce makes 32 hexadecimal digits.
func (s *Server) nonce() string { return fmt.Sprintf("%032x", s.next()) }

func (s *Server) stamp() string { return strconv.FormatInt(s.now().Unix(), 10) }
