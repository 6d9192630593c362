package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// OpRenew asks for the kiosk's certificate: RenewBody -> Renewal. Its request has an ID that
// begins with RenewID, and no other request has: head office lets nothing else through while
// the kiosk's certificate has ended.
const OpRenew Op = "renew"

// RenewID begins the ID of a request OpRenew.
const RenewID = "renew-"

// RenewBody asks how the certificate is, where both fields are empty. CSR asks for a
// certificate of the next key. Proof says that the kiosk has connected with its next key: it
// is that key's signature over RenewalText (ECDSA over its SHA-256 in ASN.1, or Ed25519).
type RenewBody struct {
	CSR   string `json:"csr_pem,omitempty"`
	Proof []byte `json:"proof,omitempty"`
}

// Renewal is how the certificate is, by head office's clock.
type Renewal struct {
	Due  bool   `json:"due"`  // the kiosk is to make its next key
	Ends int64  `json:"ends"` // of the newest certificate, Unix ms; 0 is not known
	Cert string `json:"cert_pem,omitempty"`
	// Confirmed says of a proof that the key is the newest, and no other counts.
	Confirmed bool `json:"confirmed,omitempty"`
}

// IsRenewal reports whether an ID is of a request OpRenew.
func IsRenewal(id string) bool { return strings.HasPrefix(id, RenewID) }

// RenewalText is what a proof signs; key is the public key, PKIX in DER.
func RenewalText(kiosk string, key []byte) []byte {
	sum := sha256.Sum256(key)
	return []byte("wattkiosk renewal 1\n" + kiosk + "\n" + hex.EncodeToString(sum[:]))
}
