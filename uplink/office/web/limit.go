package web

import (
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"wattkiosk/boards/ground/httpgate"
)

// How often something may be tried: burst at once, then one more each refill.
const (
	loginBurst    = 10 // of one name from one source, and of one name on a browser that knows it
	loginRefill   = 6 * time.Second
	nameBurst     = 60 // of one name by browsers that do not know it
	nameRefill    = time.Second
	addressBurst  = 30 // of one source: people may share it
	addressRefill = 2 * time.Second
	enrolBurst    = 5 // of one source
	enrolRefill   = 10 * time.Second
	codeBurst     = 5 // of one person on browsers that do not know it, or on one that does, and for one kiosk
	codeRefill    = 30 * time.Second

	maxKeys = 1 << 16 // that a limiter remembers
)

// limits are all limits of a Server.
type limits struct {
	byAddress, byUser, byName, byDevice, byCode, enrol, codesBy, codesFor *limiter
}

func newLimits() limits {
	return limits{
		newLimiter(addressBurst, addressRefill), newLimiter(loginBurst, loginRefill), newLimiter(nameBurst, nameRefill), newLimiter(loginBurst, loginRefill), newLimiter(codeBurst, codeRefill),
		newLimiter(enrolBurst, enrolRefill), newLimiter(codeBurst, codeRefill), newLimiter(codeBurst, codeRefill),
	}
}

// limiter counts tries by key, and remembers few keys: when there are more it forgets one
// of them, so that nobody is kept out because others are many. It is safe for concurrent use.
type limiter struct {
	burst  int
	refill time.Duration

	mu   sync.Mutex
	free map[string]time.Time // when the bucket of a key is full again
}

func newLimiter(burst int, refill time.Duration) *limiter {
	return &limiter{burst: burst, refill: refill, free: map[string]time.Time{}}
}

// take reports whether key may try once more at now, and counts the try.
func (l *limiter) take(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.free[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.refill)
	if full.Sub(now) > time.Duration(l.burst)*l.refill {
		return false
	}
	if _, known := l.free[key]; !known {
		l.makeRoom(now)
	}
	l.free[key] = full
	return true
}

// makeRoom forgets those that are full again, and one key if that is not enough.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.free) < maxKeys {
		return
	}
	maps.DeleteFunc(l.free, func(_ string, full time.Time) bool { return !full.After(now) })
	for key := range l.free {
		if len(l.free) < maxKeys {
			return
		}
		delete(l.free, key)
	}
}

// clear forgets the tries of key.
func (l *limiter) clear(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.free, key)
}

// address is the person's: the peer's, or what a proxy of ours says (httpgate). What others
// say in headers is not believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// source is who a request is counted for: an address, or of IPv6 the network that one
// subscriber has.
func source(r *http.Request) string {
	return httpgate.Source(r.RemoteAddr)
}
