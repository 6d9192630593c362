package soap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// MaxBody bounds a message, in bytes.
const MaxBody = 1 << 20

// ErrMalformed is in every error about the bytes of a message.
var ErrMalformed = errors.New("malformed SOAP message")

// Version is that of SOAP.
type Version int

// The versions.
const (
	V11 Version = iota
	V12
)

// Namespaces of envelopes.
const (
	ns11 = "http://schemas.xmlsoap.org/soap/envelope/"
	ns12 = "http://www.w3.org/2003/05/soap-envelope"
)

func (v Version) namespace() string {
	if v == V12 {
		return ns12
	}

	return ns11
}

// write makes a document of an envelope with a header, which may be nil, and a body.
func (v Version) write(charset Charset, header, body any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", charset)
	e := xml.NewEncoder(&b)
	envelope := xml.StartElement{Name: xml.Name{Local: "soap:Envelope"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns:soap"}, Value: v.namespace()}}}
	if err := e.EncodeToken(envelope); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name string
		v    any
	}{{"soap:Header", header}, {"soap:Body", body}} {
		if part.v == nil {
			continue
		}
		start := xml.StartElement{Name: xml.Name{Local: part.name}}
		if err := errors.Join(e.EncodeToken(start), e.Encode(part.v), e.EncodeToken(start.End())); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(e.EncodeToken(envelope.End()), e.Close()); err != nil {
		return nil, err
	}

	doc, err := charset.encode(b.Bytes())
	if err == nil && len(doc) > MaxBody {
		err = fmt.Errorf("SOAP message of %d bytes, limit %d", len(doc), MaxBody)
	}

	return doc, err
}

// envelope is a message that was read: its version, the token of its header, and a decoder
// that stands at the first element of its body.
type envelope struct {
	version Version
	token   *usernameToken
	d       *xml.Decoder
	first   xml.StartElement
}

// open reads a message whole, and walks up to the first element of its body. Its text is
// in the encoding that contentType names, or that it names itself.
func open(r io.Reader, contentType string) (*envelope, error) {
	doc, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return nil, err
	}
	if len(doc) > MaxBody {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, MaxBody)
	}
	text, err := decoded(bytes.NewReader(doc), contentType)
	if err != nil {
		return nil, err
	}

	m := &envelope{d: xml.NewDecoder(text)}
	m.d.CharsetReader = charsetReader(contentType)
	if err := m.enter(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}

	return m, nil
}

var errNoBody = errors.New("no envelope with a body")

// enter walks into the envelope and its body, and reads the header on its way.
func (m *envelope) enter() error {
	root, err := m.next()
	if err != nil {
		return err
	}
	switch root.Name {
	case xml.Name{Space: ns11, Local: "Envelope"}:
		m.version = V11
	case xml.Name{Space: ns12, Local: "Envelope"}:
		m.version = V12
	default:
		return errNoBody
	}

	for {
		part, err := m.next()
		switch {
		case err != nil:
			return err
		case part.Name.Space == root.Name.Space && part.Name.Local == "Header":
			var h struct {
				Token *usernameToken `xml:"Security>UsernameToken"`
			}
			if err := m.d.DecodeElement(&h, &part); err != nil {
				return err
			}
			m.token = h.Token
		case part.Name.Space == root.Name.Space && part.Name.Local == "Body":
			m.first, err = m.next()

			return err
		default:
			return errNoBody
		}
	}
}

// next is the next element; text between elements is passed over. The end of what stands
// around is an error.
func (m *envelope) next() (xml.StartElement, error) {
	for {
		t, err := m.d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t.Copy(), nil
		case xml.EndElement:
			return xml.StartElement{}, errNoBody
		}
	}
}

// isFault reports whether the body is a fault, of either version's shape.
func (m *envelope) isFault() bool {
	return m.first.Name.Local == "Fault" && (m.first.Name.Space == ns11 || m.first.Name.Space == ns12)
}

// decode reads the body into v, and the rest of the message for its form.
func (m *envelope) decode(v any) error {
	if err := m.d.DecodeElement(v, &m.first); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for {
		_, err := m.d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
}
