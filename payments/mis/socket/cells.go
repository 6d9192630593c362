package socket

import (
	"fmt"

	"wattkiosk/payments/fixedfield"
)

// Cell is one field of a message for an interface of named fields; see fixedfield.
type Cell = fixedfield.Cell

// Cells takes the frame of a message apart; see fixedfield.
func (c *Codec) Cells(frame []byte) ([]Cell, error) {
	if len(frame) < c.dialect.Frame.Head() {
		return nil, fmt.Errorf("%w: no transaction code", ErrMalformed)
	}
	l, err := c.layout(c.dialect.Frame.CodeOf(frame))
	if err != nil {
		return nil, err
	}

	return c.dialect.Frame.Cells(*l, frame)
}

// Assemble makes the frame of the message with this transaction code; see fixedfield.
func (c *Codec) Assemble(code string, cells []Cell) ([]byte, error) {
	l, err := c.layout(code)
	if err != nil {
		return nil, err
	}

	return c.dialect.Frame.Assemble(*l, MaxBills, cells)
}

// layout is that of a transaction code, a request's or a reply's.
func (c *Codec) layout(code string) (*Layout, error) {
	for i := range c.dialect.Messages {
		m := &c.dialect.Messages[i]
		if m.Request.Code == code {
			return &m.Request, nil
		}
		if m.Reply.Code == code {
			return &m.Reply, nil
		}
	}

	return nil, fmt.Errorf("%w: no message has code %q", ErrMalformed, code)
}
