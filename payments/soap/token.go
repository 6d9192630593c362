package soap

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"time"
)

// Namespaces and types of WS-Security.
const (
	nsSecurity = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	nsUtility  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	profile    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"
	base64Type = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

// User is who calls.
type User struct {
	Name     string
	Password string
	Digest   bool // the password does not travel: a digest of it with a nonce and the time does
}

// security is the header.
type security struct {
	XMLName xml.Name     `xml:"wsse:Security"`
	NS      string       `xml:"xmlns:wsse,attr"`
	NSU     string       `xml:"xmlns:wsu,attr"`
	Must    string       `xml:"soap:mustUnderstand,attr"`
	Token   tokenToWrite `xml:"wsse:UsernameToken"`
}

type tokenToWrite struct {
	Username string    `xml:"wsse:Username"`
	Password typedText `xml:"wsse:Password"`
	Nonce    typedText `xml:"wsse:Nonce"`
	Created  string    `xml:"wsu:Created"`
}

type typedText struct {
	Type     string `xml:"Type,attr,omitempty"`
	Encoding string `xml:"EncodingType,attr,omitempty"`
	Text     string `xml:",chardata"`
}

// header is the token of a call made now.
func (u User) header(now time.Time) security {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	created := now.UTC().Format("2006-01-02T15:04:05.000Z")

	password := typedText{Type: profile + "PasswordText", Text: u.Password}
	if u.Digest {
		password = typedText{Type: profile + "PasswordDigest", Text: digest(nonce[:], created, u.Password)}
	}

	return security{NS: nsSecurity, NSU: nsUtility, Must: "1", Token: tokenToWrite{
		Username: u.Name, Password: password, Created: created,
		Nonce: typedText{Encoding: base64Type, Text: base64.StdEncoding.EncodeToString(nonce[:])},
	}}
}

// digest is Base64(SHA-1(nonce + created + password)): the profile's, not a choice.
func digest(nonce []byte, created, password string) string {
	h := sha1.New()
	h.Write(nonce)
	h.Write([]byte(created))
	h.Write([]byte(password))

	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// usernameToken is a token that was read.
type usernameToken struct {
	Username string `xml:"Username"`
	Password struct {
		Type string `xml:"Type,attr"`
		Text string `xml:",chardata"`
	} `xml:"Password"`
	Nonce   string `xml:"Nonce"`
	Created string `xml:"Created"`
}

// tokenAge is how old or how far ahead a token's time may be.
const tokenAge = 5 * time.Minute

// errToken is all that is said of a token that is not right.
var errToken = errors.New("the token is not valid")

// check compares a token with the user. What differs is not said.
func (u User) check(t *usernameToken, now time.Time) error {
	if t == nil || t.Username != u.Name {
		return errToken
	}

	want := u.Password
	switch t.Password.Type {
	case profile + "PasswordDigest":
		nonce, err := base64.StdEncoding.DecodeString(t.Nonce)
		made, bad := time.Parse(time.RFC3339, t.Created)
		if err != nil || bad != nil || len(nonce) == 0 || now.Sub(made).Abs() > tokenAge {
			return errToken
		}
		want = digest(nonce, t.Created, u.Password)
	case profile + "PasswordText", "":
		if u.Digest {
			return errToken
		}
	default:
		return errToken
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(t.Password.Text)) != 1 {
		return errToken
	}

	return nil
}
