package socket

import (
	"errors"
	"fmt"

	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/mis"
)

// MaxBills bounds the rows of one reply.
const MaxBills = 200

// ErrMismatch means that a well-formed reply answers another request.
var ErrMismatch = errors.New("reply to another request")

// Codec writes and reads the messages of one dialect. It is read-only once made,
// and any number of goroutines may use it.
type Codec struct {
	dialect Dialect
	unit    Unit
}

// NewCodec checks the tables and binds them to a unit.
func NewCodec(d Dialect, u Unit) (*Codec, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return &Codec{dialect: d, unit: u}, nil
}

// Dialect is the dialect that the codec speaks, not to be changed.
func (c *Codec) Dialect() Dialect { return c.dialect }

func (c *Codec) byOp(op mis.Op) (*Message, error) {
	for i := range c.dialect.Messages {
		if m := &c.dialect.Messages[i]; m.Op == op {
			return m, nil
		}
	}
	return nil, fmt.Errorf("dialect %s has no message for operation %q", c.dialect.Name, op)
}

// EncodeRequest writes a request as one frame. An error names the field that
// does not fit; nothing was sent then.
func (c *Codec) EncodeRequest(r mis.Request) ([]byte, error) {
	m, err := c.byOp(r.Op)
	if err != nil {
		return nil, err
	}
	if r.Op == mis.OpPost && r.Payment.Amount <= 0 {
		return nil, &FieldError{Message: m.Request.Code, Field: "jfje", Reason: "want more than nothing"}
	}
	body := requestBody{op: r.Op, unit: c.unit, req: r}
	body.split()
	w := fixedfield.NewWriter(c.dialect.Frame, 256, m.Request.Code)
	w.Fields(m.Request.Fields, body.cell)
	return w.Seal()
}

// DecodeRequest reads a request frame, strictly.
func (c *Codec) DecodeRequest(frame []byte) (mis.Request, error) {
	code, body, err := c.dialect.Frame.Open(frame)
	if err != nil {
		return mis.Request{}, err
	}
	for i := range c.dialect.Messages {
		m := &c.dialect.Messages[i]
		if m.Request.Code != code {
			continue
		}
		in := requestBody{op: m.Op}
		r := fixedfield.NewColumns(code, body)
		r.Fields(m.Request.Fields, in.cell)
		if err := r.Close(); err != nil {
			return mis.Request{}, err
		}
		if m.Op == mis.OpPost && in.req.Payment.Amount <= 0 {
			return mis.Request{}, &FieldError{Message: code, Field: "jfje", Reason: "want more than nothing"}
		}
		in.req.Op = m.Op
		in.join(m.Request)
		return in.req, nil
	}
	return mis.Request{}, fmt.Errorf("%w: no request has code %q", ErrMalformed, code)
}

// EncodeReply writes the reply to a request as one frame, echoing the request's
// key. Only the code tells the outcome: Outcome, Retry and Reversed are not
// written, the reader classifies again.
func (c *Codec) EncodeReply(r mis.Request, reply mis.Reply) ([]byte, error) {
	return c.encodeReply(r.Op, echoOf(r), reply)
}

// EncodeBadPacket writes the answer to a frame that cannot be read, with blank
// echoes. It fails if not even the transaction can be told, or if the dialect has
// no code for it.
func (c *Codec) EncodeBadPacket(frame []byte) ([]byte, error) {
	bad := c.dialect.Codes.Code(mis.SaysBadPacket)
	if len(frame) < c.dialect.Frame.Head() || bad == "" {
		return nil, fmt.Errorf("%w: no transaction code", ErrMalformed)
	}
	code := c.dialect.Frame.CodeOf(frame)
	for i := range c.dialect.Messages {
		m := &c.dialect.Messages[i]
		if m.Request.Code == code {
			return c.encodeReply(m.Op, echo{}, mis.Reply{
				Query:   mis.QueryResult{Code: bad},
				Post:    mis.PostResult{Code: bad},
				Reverse: mis.ReverseResult{Code: bad},
			})
		}
	}
	return nil, fmt.Errorf("%w: no request has code %q", ErrMalformed, code)
}

func (c *Codec) encodeReply(op mis.Op, e echo, reply mis.Reply) ([]byte, error) {
	m, err := c.byOp(op)
	if err != nil {
		return nil, err
	}
	bills := reply.Query.Account.Bills
	if len(bills) > MaxBills {
		return nil, &FieldError{Message: m.Reply.Code, Field: countName, Reason: fmt.Sprintf("%d rows, limit %d", len(bills), MaxBills)}
	}
	body := replyBody{op: op, echo: e, reply: reply}
	if m.Reply.Group != nil {
		body.count = len(bills)
	}
	w := fixedfield.NewWriter(c.dialect.Frame, 512, m.Reply.Code)
	w.Fields(m.Reply.Fields, body.cell)
	for i := 0; i < body.count; i++ {
		row := billRow{bills[i]}
		w.Row = i + 1
		w.Fields(m.Reply.Group, row.cell)
	}
	return w.Seal()
}

// DecodeReply reads the reply frame of an operation, strictly, whichever request
// it answers.
func (c *Codec) DecodeReply(op mis.Op, frame []byte) (mis.Reply, error) {
	body, err := c.decodeReply(op, frame)
	if err != nil {
		return mis.Reply{Op: op}, err
	}
	return body.reply, nil
}

// DecodeReplyTo reads the reply frame of this very request: a reply that echoes
// another key is ErrMismatch. "Bad packet" may have blank echoes. On error the
// reply is the zero one with Op set: Unknown.
func (c *Codec) DecodeReplyTo(r mis.Request, frame []byte) (mis.Reply, error) {
	body, err := c.decodeReply(r.Op, frame)
	if err != nil {
		return mis.Reply{Op: r.Op}, err
	}
	blank := body.echo == echo{} && c.dialect.Codes.Meaning(body.code()) == mis.SaysBadPacket
	if body.echo != echoOf(r) && !blank {
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s", ErrMismatch, r.Op)
	}
	return body.reply, nil
}

func (c *Codec) decodeReply(op mis.Op, frame []byte) (*replyBody, error) {
	m, err := c.byOp(op)
	if err != nil {
		return nil, err
	}
	code, raw, err := c.dialect.Frame.Open(frame)
	if err != nil {
		return nil, err
	}
	if code != m.Reply.Code {
		return nil, fmt.Errorf("%w: code %q, want %q", ErrMismatch, code, m.Reply.Code)
	}
	body := &replyBody{op: op}
	r := fixedfield.NewColumns(code, raw)
	r.Fields(m.Reply.Fields, body.cell)
	if body.count > MaxBills {
		r.Fail(countName, fmt.Sprintf("%d rows, limit %d", body.count, MaxBills))
	}
	for i := 0; i < body.count && r.Err() == nil; i++ {
		var row billRow
		r.Row = i + 1
		r.Fields(m.Reply.Group, row.cell)
		body.reply.Query.Account.Bills = append(body.reply.Query.Account.Bills, row.bill)
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	if field, reason := body.conclude(c.dialect.Codes); reason != "" {
		return nil, &FieldError{Message: code, Field: field, Reason: reason}
	}
	return body, nil
}
