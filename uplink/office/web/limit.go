package web

import (
	"hash/maphash"
	"net"
	"net/http"
	"sync"
	"time"
)

// How often something may be tried: burst at once, then one more each refill.
const (
	loginBurst    = 10 // of one name
	loginRefill   = 6 * time.Second
	addressBurst  = 30 // of one address: people may share it
	addressRefill = 2 * time.Second
	enrolBurst    = 5 // of one address
	enrolRefill   = 10 * time.Second
	codeBurst     = 5 // of one person, and for one kiosk
	codeRefill    = 30 * time.Second

	buckets = 4096
)

// limits are all limits of a Server.
type limits struct {
	byAddress, byUser, enrol, codesBy, codesFor *limiter
}

func newLimits() limits {
	return limits{
		newLimiter(addressBurst, addressRefill), newLimiter(loginBurst, loginRefill), newLimiter(enrolBurst, enrolRefill),
		newLimiter(codeBurst, codeRefill), newLimiter(codeBurst, codeRefill),
	}
}

// limiter counts tries by key in a table of fixed size. Keys that fall into one
// bucket share it: then a limit is only tighter. It is safe for concurrent use.
type limiter struct {
	burst  int
	refill time.Duration
	seed   maphash.Seed

	mu   sync.Mutex
	free [buckets]time.Time // when the bucket is full again
}

func newLimiter(burst int, refill time.Duration) *limiter {
	return &limiter{burst: burst, refill: refill, seed: maphash.MakeSeed()}
}

// take reports whether key may try once more at now, and counts the try.
func (l *limiter) take(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := &l.free[maphash.String(l.seed, key)%buckets]
	full := *at
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.refill)
	if full.Sub(now) > time.Duration(l.burst)*l.refill {
		return false
	}
	*at = full
	return true
}

// clear forgets the tries of key.
func (l *limiter) clear(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free[maphash.String(l.seed, key)%buckets] = time.Time{}
}

// address is the peer's; what a proxy says in headers is not believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
