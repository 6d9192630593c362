package fixed

import (
	"fmt"
	"io"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/fixedfield"
)

// Dialect speaks the messages of one table. It is read-only once made; any number of
// goroutines may use it. Its connections carry one call each, so it has no number of a
// request beside the keys of the messages: the ids of its methods are not used.
type Dialect struct{ table Table }

// New checks the table.
func New(t Table) (*Dialect, error) {
	if err := t.check(); err != nil {
		return nil, err
	}

	return &Dialect{t}, nil
}

// Table is what the dialect is made of, not to be changed.
func (d *Dialect) Table() Table { return d.table }

// Name is the table's.
func (d *Dialect) Name() string { return d.table.Name }

// Codes are the table's.
func (d *Dialect) Codes() cardsystem.Codes { return d.table.Codes }

// ReadFrame reads one whole frame; see fixedfield.
func (d *Dialect) ReadFrame(r io.Reader) ([]byte, error) { return d.table.Frame.Read(r) }

// EncodeRequest writes a request. An error names the field that does not fit.
func (d *Dialect) EncodeRequest(_ string, r cardsystem.Request) ([]byte, error) {
	m := d.table.of(r.Op)
	if m == nil {
		return nil, fmt.Errorf("dialect %s has no message for operation %.20q", d.table.Name, r.Op)
	}
	o, err := orderOf(r)
	if err != nil {
		return nil, err
	}

	w := fixedfield.NewWriter(d.table.Frame, 512, m.Request.Code)
	w.Fields(m.Request.Fields, o.cell)
	o.writeRows(w, m.Request.Group)

	return w.Seal()
}

// DecodeRequest reads a request, strictly.
func (d *Dialect) DecodeRequest(frame []byte) (id string, r cardsystem.Request, err error) {
	code, body, err := d.table.Frame.Open(frame)
	if err != nil {
		return "", cardsystem.Request{}, err
	}
	m := d.byCode(code)
	if m == nil {
		return "", cardsystem.Request{}, fmt.Errorf("%w: no request has code %q", fixedfield.ErrMalformed, code)
	}

	o := &order{op: m.Op}
	c := fixedfield.NewColumns(code, body)
	c.Fields(m.Request.Fields, o.cell)
	o.readRows(c, m.Request.Group)
	if err := c.Close(); err != nil {
		return "", cardsystem.Request{}, err
	}
	r, err = o.finish()

	return "", r, err
}

func (d *Dialect) byCode(code string) *Message {
	for i := range d.table.Messages {
		if m := &d.table.Messages[i]; m.Request.Code == code {
			return m
		}
	}

	return nil
}

// EncodeReply writes the answer to a request, with the echo e.
func (d *Dialect) EncodeReply(_ string, e cardsystem.Echo, r cardsystem.Reply) ([]byte, error) {
	m := d.table.of(r.Op)
	if m == nil {
		return nil, fmt.Errorf("dialect %s has no message for operation %.20q", d.table.Name, r.Op)
	}

	out := resultOf(e, r)
	w := fixedfield.NewWriter(d.table.Frame, 1024, m.Reply.Code)
	w.Fields(m.Reply.Fields, out.cell)
	out.writeRows(w, m.Reply.Group)

	return w.Seal()
}

// EncodeBadPacket writes the answer to a frame that cannot be read, without an echo. It
// fails if not even the message can be told, or if the dialect has no code for it.
func (d *Dialect) EncodeBadPacket(frame []byte) ([]byte, error) {
	bad := d.table.Codes.Code(cardsystem.SaysBadPacket)
	if len(frame) < d.table.Frame.Head() || bad == "" {
		return nil, fmt.Errorf("%w: no transaction code", fixedfield.ErrMalformed)
	}
	m := d.byCode(d.table.Frame.CodeOf(frame))
	if m == nil {
		return nil, fmt.Errorf("%w: no such request", fixedfield.ErrMalformed)
	}

	return d.EncodeReply("", cardsystem.Echo{}, cardsystem.WithCode(m.Op, bad, ""))
}

// DecodeReply reads the answer to this very request, strictly. With an error the reply is
// the zero one with Op set: Unknown.
func (d *Dialect) DecodeReply(_ string, q cardsystem.Request, frame []byte) (cardsystem.Reply, error) {
	nothing := cardsystem.Reply{Op: q.Op}
	m := d.table.of(q.Op)
	if m == nil {
		return nothing, fmt.Errorf("dialect %s has no message for operation %.20q", d.table.Name, q.Op)
	}
	code, body, err := d.table.Frame.Open(frame)
	if err != nil {
		return nothing, err
	}
	if code != m.Reply.Code {
		return nothing, fmt.Errorf("%w: message %q, want %q", cardsystem.ErrMismatch, code, m.Reply.Code)
	}

	out := &result{op: q.Op}
	c := fixedfield.NewColumns(code, body)
	c.Fields(m.Reply.Fields, out.cell)
	out.readRows(c, m.Reply.Group)
	if err := c.Close(); err != nil {
		return nothing, err
	}

	blank := out.echo == cardsystem.Echo{} && d.table.Codes.Meaning(out.code) == cardsystem.SaysBadPacket
	if out.echo != cardsystem.EchoOf(q) && !blank {
		return nothing, fmt.Errorf("%w: %s", cardsystem.ErrMismatch, q.Op)
	}

	return cardsystem.Conclude(d.table.Codes, q, out.reply())
}
