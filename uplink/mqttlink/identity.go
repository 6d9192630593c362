package mqttlink

import (
	"crypto/tls"
	"sync"
)

// identity is the own certificate as its files hold it now.
type identity struct {
	cert, key string // files

	mu   sync.Mutex
	last *tls.Certificate // that was good, of the name that never changes
}

// read is the newest good certificate.
func (i *identity) read() *tls.Certificate {
	i.mu.Lock()
	defer i.mu.Unlock()

	now, err := tls.LoadX509KeyPair(i.cert, i.key)
	if err == nil && sameName(now, *i.last) {
		i.last = &now
	}
	return i.last
}

func sameName(a, b tls.Certificate) bool {
	x, errX := CommonName(&tls.Config{Certificates: []tls.Certificate{a}})
	y, errY := CommonName(&tls.Config{Certificates: []tls.Certificate{b}})
	return errX == nil && errY == nil && x == y
}
