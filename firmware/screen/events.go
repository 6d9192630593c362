package screen

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"wattkiosk/firmware/page"
)

// event is the data of a "screen" event.
type event struct {
	Rev  uint64      `json:"rev"`
	Lang string      `json:"lang"`
	HTML string      `json:"html"`
	ID   page.Screen `json:"screen"`
}

// events streams the screen: "hello" with the build of the page, "screen" with
// the present fragment at once and after each change, "beat" while the kiosk
// answers and nothing changes. It ends when the client goes, or when MaxClients newer
// streams were opened; the server around it gives up a client that does not read.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	ctx, done := s.streams.enter(r.Context())
	defer done()
	changed, cancel := s.kiosk.Subscribe()
	defer cancel()

	c := &stream{w: w, ctl: http.NewResponseController(w), server: s}
	c.unbounded()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	if err := c.send("hello", fmt.Appendf(nil, "retry: 1000\ndata: {\"build\":%q}\n", s.assets.build)); err != nil {
		return // the client has gone
	}

	beat := time.NewTicker(s.beat)
	defer beat.Stop()
	for err := c.draw(ctx); err == nil; {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			err = c.draw(ctx)
		case <-beat.C:
			err = c.alive(ctx)
		}
	}
}

// stream is one open event stream.
type stream struct {
	w      http.ResponseWriter
	ctl    *http.ResponseController
	server *Server
	drawn  bool
	rev    uint64
}

// unbounded lifts the server's read deadline, which would end a stream that is
// longer than one request should take. Not every writer has one.
func (c *stream) unbounded() { _ = c.ctl.SetReadDeadline(time.Time{}) }

// draw sends the present screen unless it is the one sent last.
func (c *stream) draw(ctx context.Context) error {
	v, ok := c.look(ctx)
	if !ok || (c.drawn && v.Rev == c.rev) {
		return ctx.Err()
	}

	html, err := c.server.pages.fragment(v, c.server.now())
	if err != nil {
		c.server.log.Error("cannot draw the screen", "screen", v.Screen, "err", err)
		return nil
	}

	data, err := json.Marshal(event{v.Rev, string(v.Lang), string(html), v.Screen})
	if err != nil {
		return fmt.Errorf("cannot encode the screen: %w", err)
	}

	if err := c.send("screen", fmt.Appendf(nil, "id: %d\ndata: %s\n", v.Rev, data)); err != nil {
		return err
	}

	c.drawn, c.rev = true, v.Rev
	return nil
}

// alive tells the client that the kiosk still answers, and repairs a change
// whose signal was lost. It says nothing for a kiosk that does not answer: the
// page then asks the customer to wait.
func (c *stream) alive(ctx context.Context) error {
	v, ok := c.look(ctx)
	if !ok {
		return ctx.Err()
	}
	if !c.drawn || v.Rev != c.rev {
		return c.draw(ctx)
	}
	return c.send("beat", fmt.Appendf(nil, "data: {\"rev\":%d}\n", v.Rev))
}

func (c *stream) look(ctx context.Context) (page.View, bool) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	v, err := c.server.kiosk.View(ctx)
	if err != nil {
		c.server.log.Warn("the kiosk does not answer the screen", "err", err)
	}
	return v, err == nil
}

func (c *stream) send(name string, body []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n%s\n", name, body)
	if _, err := c.w.Write(b.Bytes()); err != nil {
		return err
	}
	return c.ctl.Flush()
}
