package ca

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// crlLife is for how long a list counts. It is far longer than the time between two, so that
// a broker that is told nothing new for long does not turn every kiosk away.
const crlLife = year

// Lister is an Issuer that signs lists too.
type Lister interface {
	// List returns what CRL does.
	List(serials []string) (crlPEM []byte, err error)
}

const typeCRL = "X509 CRL"

// CRL is the list, in PEM, of certificates that count no more, by serial number in hex. It
// is newer than any list before it, which takes the second of the machine's clock.
func (a *Authority) CRL(serials []string) ([]byte, error) {
	if a.issuer != nil {
		r, can := a.issuer.(Lister)
		if !can {
			return nil, errors.New("cannot list certificates: who has the key does not do that")
		}
		return r.List(serials)
	}
	now := a.now()
	list := &x509.RevocationList{Number: big.NewInt(now.UnixMilli()), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(crlLife)}
	for _, s := range serials {
		n, ok := new(big.Int).SetString(s, 16)
		if !ok {
			return nil, fmt.Errorf("cannot list certificate %.40q: not a serial number", s)
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: list.ThisUpdate})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		return nil, fmt.Errorf("cannot sign list of certificates: %w", err)
	}

	return encode(typeCRL, der), nil
}
