package httpgate

import (
	"net/http"
	"net/netip"
	"time"
)

// Waits for a client, and bounds of what it sends.
const (
	HeadWithin = 5 * time.Second  // for a handshake, and for the head of a request, its first byte included
	BodyWithin = 10 * time.Second // for a whole request, unless its handler gives it more
	TakeWithin = 10 * time.Second // for each piece of an answer
	IdleWithin = time.Minute      // between requests
	MaxHead    = 16 << 10         // bytes
)

// Config of a server. Handler is required.
type Config struct {
	Handler   http.Handler
	Ours      func(name string) bool // names of this server, see Named; nil: Host is not looked at
	PerSource int                    // connections of one source; 0 is no bound
	Total     int                    // connections; with one more, the busiest source's eldest gives way; 0 is no bound
	Proxies   []netip.Prefix         // see Forwarded
	Take      time.Duration          // 0 is TakeWithin
}

// New is a server that waits for nobody longer than it says. What it is not told, such as
// where errors are logged, its caller may set.
func New(c Config) *http.Server {
	if c.Take == 0 {
		c.Take = TakeWithin
	}
	h := c.Handler
	if c.Ours != nil {
		h = Named(c.Ours, h)
	}
	if len(c.Proxies) > 0 {
		h = forwarded(c.Proxies, h)
	}
	crowd := newCrowd(c)

	return &http.Server{
		Handler: taken(c.Take, h), ConnState: crowd.note,
		ReadHeaderTimeout: HeadWithin, ReadTimeout: BodyWithin, WriteTimeout: c.Take, IdleTimeout: IdleWithin, MaxHeaderBytes: MaxHead,
	}
}
