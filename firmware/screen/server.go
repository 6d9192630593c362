package screen

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"wattkiosk/firmware/page"
)

// Kiosk is what the screen shows and touches. All methods are called from many
// goroutines at once.
type Kiosk interface {
	// View is the present screen.
	View(ctx context.Context) (page.View, error)
	// Touch applies an intent and returns the screen after it. A
	// *page.Refused error says that it was not taken.
	Touch(ctx context.Context, i page.Intent) (page.View, error)
	// Subscribe returns a channel that is signalled after the view changed;
	// changes in quick succession may share one signal. cancel ends it.
	Subscribe() (changed <-chan struct{}, cancel func())
}

// Bounds of the screen's HTTP server.
const (
	MaxClients = 8       // open event streams; one more ends the oldest
	MaxBody    = 4 << 10 // bytes of a POST /intent body

	answerWithin = 5 * time.Second // for the kiosk to answer a view or a touch
	heartbeat    = 5 * time.Second // between events when nothing changes
)

// Config is what a Server needs.
type Config struct {
	Kiosk  Kiosk
	Logger *slog.Logger     // nil discards
	Now    func() time.Time // for the time left until a deadline; nil is time.Now
	Framed bool             // the lab bench, another loopback server, shows the page in a frame
}

// Server serves the page, the state and the intents. It starts no goroutine;
// its methods are safe for concurrent use.
type Server struct {
	kiosk   Kiosk
	log     *slog.Logger
	now     func() time.Time
	assets  assets
	pages   *pages
	streams streams
	beat    time.Duration
	policy  string
}

// New makes a Server. It panics without a Kiosk, or if the embedded templates
// do not parse, which a test of this package excludes.
func New(c Config) *Server {
	if c.Kiosk == nil {
		panic("screen.New: no kiosk")
	}
	s := &Server{kiosk: c.Kiosk, log: c.Logger, now: c.Now, assets: loadAssets(), beat: heartbeat, policy: policy + "'none'"}
	if c.Framed {
		s.policy = policy + "'self' http://127.0.0.1:* http://localhost:*"
	}
	s.streams.max = MaxClients
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.pages = parsePages(s.assets.build)
	return s
}

// Handler serves all routes of the screen. Requests that a page of another
// origin makes are refused with 403; programs that send no Origin, such as
// curl, are served.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /state", s.state)
	mux.HandleFunc("POST /intent", s.intent)
	mux.HandleFunc("GET /static/{name}", s.assets.serve)
	return s.guarded(http.NewCrossOriginProtection().Handler(mux))
}

// policy lets the page use what this server serves and nothing else. It ends with who may
// show the page in a frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors "

func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// view asks the kiosk for its screen, and answers 503 if it does not come.
func (s *Server) view(w http.ResponseWriter, r *http.Request) (page.View, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	v, err := s.kiosk.View(ctx)
	if err != nil {
		s.unavailable(w, err)
		return v, false
	}
	return v, true
}

func (s *Server) unavailable(w http.ResponseWriter, err error) {
	s.log.Warn("the kiosk does not answer the screen", "err", err)
	writeError(w, http.StatusServiceUnavailable, "unavailable", "the kiosk does not answer")
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	v, ok := s.view(w, r)
	if !ok {
		return
	}
	html, err := s.pages.page(v, s.now())
	if err != nil {
		s.broken(w, err)
		return
	}
	writeHTML(w, http.StatusOK, html)
}

func (s *Server) state(w http.ResponseWriter, r *http.Request) {
	if v, ok := s.view(w, r); ok {
		writeJSON(w, http.StatusOK, contractual(v))
	}
}

func (s *Server) broken(w http.ResponseWriter, err error) {
	s.log.Error("cannot draw the screen", "err", err)
	writeError(w, http.StatusInternalServerError, "cannot-draw", "the screen cannot be drawn")
}
