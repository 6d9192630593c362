package agentapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"
)

// ErrDown means that no agent answers on the socket.
var ErrDown = errors.New("the update agent does not run")

// Bounds of the client.
const (
	maxAnswer    = 256 << 10 // bytes
	answerWithin = 10 * time.Second
)

// Client asks the agent. It is safe for concurrent use.
type Client struct{ http http.Client }

// NewClient is a client of the socket at this path. It connects at each request, so
// that the agent may start later and restart.
func NewClient(socket string) *Client {
	return &Client{http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
}

// Offer hands over the signed job, as its bytes came from head office; none says
// that no job is wanted. What the agent refuses is an *Error.
func (c *Client) Offer(ctx context.Context, job []byte) (State, error) {
	return c.do(ctx, answerWithin, http.MethodPut, "/job", job)
}

// State is the agent's state, once it is not the one numbered after, or after
// MaxWait. After is 0 at first.
func (c *Client) State(ctx context.Context, after uint64) (State, error) {
	return c.do(ctx, MaxWait+answerWithin, http.MethodGet, "/state?after="+strconv.FormatUint(after, 10), nil)
}

// Open says that somebody has logged in: the stick is looked at. It returns at once; State
// tells the rest.
func (c *Client) Open(ctx context.Context, stick string, l Login) (State, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return State{}, err
	}
	return c.do(ctx, answerWithin, http.MethodPost, "/stick/"+url.PathEscape(stick)+"/open", body)
}

// Close says that nobody is logged in any more.
func (c *Client) Close(ctx context.Context, stick string) (State, error) {
	return c.do(ctx, answerWithin, http.MethodPost, "/stick/"+url.PathEscape(stick)+"/close", nil)
}

// Install has a file of a stick installed. It returns at once; State tells the rest.
func (c *Client) Install(ctx context.Context, stick string, choice Choice) (State, error) {
	body, err := json.Marshal(choice)
	if err != nil {
		return State{}, err
	}
	return c.do(ctx, answerWithin, http.MethodPost, "/stick/"+url.PathEscape(stick)+"/install", body)
}

// Dismiss says that the technician is done with a stick.
func (c *Client) Dismiss(ctx context.Context, stick string) (State, error) {
	return c.do(ctx, answerWithin, http.MethodPost, "/stick/"+url.PathEscape(stick)+"/dismiss", nil)
}

func (c *Client) do(ctx context.Context, within time.Duration, method, path string, body []byte) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, bytes.NewReader(body))
	if err != nil {
		return State{}, err
	}

	resp, err := c.http.Do(req)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return State{}, ErrDown
	}

	if err != nil {
		return State{}, fmt.Errorf("cannot ask the update agent: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return State{}, fmt.Errorf("cannot read the update agent's answer: %w", err)
	}

	return decodeAnswer(resp.StatusCode, data)
}

// decodeAnswer reads a state, or the error that came instead.
func decodeAnswer(status int, data []byte) (State, error) {
	var s State
	if status == http.StatusOK {
		if err := json.Unmarshal(data, &s); err != nil {
			return State{}, fmt.Errorf("cannot read the update agent's answer: %w", err)
		}
		return s, nil
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil || a.Error == nil {
		return State{}, fmt.Errorf("the update agent answers %d", status)
	}
	return State{}, a.Error
}
