package agentapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"wattkiosk/uplink/wire"
)

// Bounds of the server.
const (
	MaxBody     = 64 << 10         // bytes of a request
	MaxWait     = 30 * time.Second // of GET /state
	MaxRequests = 16               // at the same time
	maxName     = 255              // bytes of a file's name
	readWithin  = 10 * time.Second
	socketMode  = 0o660
)

// Agent is what the server needs of the update agent. All of it may be called at
// the same time; what is refused is an *Error.
type Agent interface {
	// State is the present state, and a channel that is closed at its next change.
	State() (State, <-chan struct{})
	// Offer takes a job; nil says that none is wanted.
	Offer(job *wire.Signed) error
	// Open has the stick looked at, as somebody has logged in; one that is open already
	// stays as it is. Close ends that, as nobody is any more.
	Open(stick string, l Login) error
	Close(stick string) error
	Choose(stick string, c Choice) error
	Dismiss(stick string) error
}

// Listen opens the agent's socket in place of one that was left behind. The mode is
// 0660; owner and group are the process's, and the folder decides who gets so far.
func Listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove the old socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the socket: %w", err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot protect the socket: %w", err), ln.Close())
	}
	return ln, nil
}

// Serve answers until ctx ends, then returns nil. Beside root and the agent's own user,
// only the trusted ones may have something installed from a stick.
func Serve(ctx context.Context, ln net.Listener, a Agent, trusted ...uint32) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv := &http.Server{
		Handler: Handler(a, trusted...), ConnContext: withPeer, ReadTimeout: readWithin, WriteTimeout: MaxWait + readWithin, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve the socket: %w", err)
	}
	return nil
}

// Handler answers the requests of the package comment.
func Handler(a Agent, trusted ...uint32) http.Handler {
	s := &server{agent: a, trusted: trusted, places: make(chan struct{}, MaxRequests)}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /job", s.job)
	mux.HandleFunc("GET /state", s.state)
	mux.HandleFunc("POST /stick/{id}/open", s.open)
	mux.HandleFunc("POST /stick/{id}/close", s.close)
	mux.HandleFunc("POST /stick/{id}/install", s.install)
	mux.HandleFunc("POST /stick/{id}/dismiss", s.dismiss)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
			r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
			mux.ServeHTTP(w, r)
		default:
			refuse(w, &Error{CodeBusy, "too many requests at the same time"})
		}
	})
}

type server struct {
	agent   Agent
	trusted []uint32
	places  chan struct{}
}

func (s *server) job(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, &Error{CodeBadRequest, "cannot read the job: " + err.Error()})
		return
	}
	var job *wire.Signed
	if len(body) > 0 {
		job = new(wire.Signed)
		if err := wire.Decode(body, job); err != nil {
			refuse(w, &Error{CodeBadRequest, "cannot read the job: " + err.Error()})
			return
		}
	}
	s.done(w, s.agent.Offer(job))
}

func (s *server) state(w http.ResponseWriter, r *http.Request) {
	after, err := uint64(0), error(nil)
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			refuse(w, &Error{CodeBadRequest, "after is no number"})
			return
		}
	}

	wait := time.NewTimer(MaxWait)
	defer wait.Stop()
	for {
		state, changed := s.agent.State()
		if state.Rev != after {
			write(w, http.StatusOK, state)
			return
		}
		select {
		case <-changed:
		case <-wait.C:
			write(w, http.StatusOK, state)
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (s *server) install(w http.ResponseWriter, r *http.Request) {
	if !s.loggedIn(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	var c Choice
	if err == nil {
		c, err = decodeChoice(body)
	}
	if err != nil {
		refuse(w, &Error{CodeBadRequest, "cannot read the choice: " + err.Error()})
		return
	}
	s.done(w, s.agent.Choose(r.PathValue("id"), c))
}

// loggedIn refuses whoever has not seen a login.
func (s *server) loggedIn(w http.ResponseWriter, r *http.Request) bool {
	if mayChoose(r.Context(), s.trusted) {
		return true
	}
	refuse(w, &Error{CodeNotLoggedIn, "a stick wants a login at the screen: staff number, PIN and one-time code"})
	return false
}

func (s *server) open(w http.ResponseWriter, r *http.Request) {
	if !s.loggedIn(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	var l Login
	if err == nil {
		err = wire.Decode(body, &l)
	}
	if err == nil && !wire.PlainName(l.By) {
		err = fmt.Errorf("by %.80q", l.By)
	}
	if err != nil {
		refuse(w, &Error{CodeBadRequest, "cannot read the login: " + err.Error()})
		return
	}
	s.done(w, s.agent.Open(r.PathValue("id"), l))
}

func (s *server) close(w http.ResponseWriter, r *http.Request) {
	s.done(w, s.agent.Close(r.PathValue("id")))
}

// decodeChoice reads a choice strictly.
func decodeChoice(body []byte) (Choice, error) {
	var c Choice
	if err := wire.Decode(body, &c); err != nil {
		return Choice{}, err
	}
	if c.File == "" || len(c.File) > maxName || !wire.PlainName(c.By) {
		return Choice{}, fmt.Errorf("file %.80q by %.80q", c.File, c.By)
	}
	return c, nil
}

func (s *server) dismiss(w http.ResponseWriter, r *http.Request) {
	s.done(w, s.agent.Dismiss(r.PathValue("id")))
}

func (s *server) done(w http.ResponseWriter, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	state, _ := s.agent.State()
	write(w, http.StatusOK, state)
}

func refuse(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{CodeInternal, err.Error()}
	}
	write(w, e.Code.status(), answer{e})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client has gone: nobody to tell
}
