package soap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/mis/socket"
)

const item = "item" // element of a row

// maxElements bounds the elements of one message.
const maxElements = 16 * socket.MaxBills

// Message is a body: the fields of one message of a dialect, as elements.
type Message struct {
	Name  xml.Name
	Cells []socket.Cell
}

// MarshalXML writes the element. Cells of a row follow each other.
func (m Message) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: m.Name}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	row := 0
	turn := func(to int) error {
		var errs []error
		if row > 0 && to != row {
			errs = append(errs, e.EncodeToken(xml.EndElement{Name: xml.Name{Local: item}}))
		}
		if to > 0 && to != row {
			errs = append(errs, e.EncodeToken(xml.StartElement{Name: xml.Name{Local: item}}))
		}
		row = to
		return errors.Join(errs...)
	}
	for _, c := range m.Cells {
		text, err := simplifiedchinese.GB18030.NewDecoder().String(c.Value)
		if err = errors.Join(err, turn(c.Row)); err != nil {
			return err
		}
		if err := e.EncodeElement(text, xml.StartElement{Name: xml.Name{Local: c.Name}}); err != nil {
			return err
		}
	}

	return errors.Join(turn(0), e.EncodeToken(start.End()))
}

// element is anything.
type element struct {
	XMLName xml.Name
	Text    string    `xml:",chardata"`
	Nodes   []element `xml:",any"`
}

// UnmarshalXML reads the element. What its cells mean is checked by who assembles them.
func (m *Message) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	var e element
	if err := d.DecodeElement(&e, &start); err != nil {
		return err
	}

	m.Name = start.Name
	rows := 0
	for _, n := range e.Nodes {
		if n.XMLName.Local != item {
			if err := m.add(n, 0); err != nil {
				return err
			}
			continue
		}
		rows++
		for _, field := range n.Nodes {
			if err := m.add(field, rows); err != nil {
				return err
			}
		}
	}

	return nil
}

func (m *Message) add(e element, row int) error {
	if len(e.Nodes) > 0 || len(m.Cells) >= maxElements {
		return fmt.Errorf("%w: element %.32q is no field, or there are too many", socket.ErrMalformed, e.XMLName.Local)
	}
	text, err := simplifiedchinese.GB18030.NewEncoder().String(strings.TrimSpace(e.Text))
	if err != nil {
		return fmt.Errorf("%w: element %.32q is not writable in GB18030", socket.ErrMalformed, e.XMLName.Local)
	}

	m.Cells = append(m.Cells, socket.Cell{Name: e.XMLName.Local, Row: row, Value: text})
	return nil
}
