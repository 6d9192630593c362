package technician

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/uplink/enrolment"
)

// answered is what head office says of a board.
type answered struct {
	Cert        string `json:"cert_pem"`
	CA          string `json:"ca_pem"`
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	PolicyKey   string `json:"policy_key"`
	Broker      string `json:"broker"`
	Kept        bool   `json:"kept"` // the board goes on with the journal that it had
}

// fits refuses an answer under which serials of the journal that the board had would
// be used a second time: head office's books may come out of a backup, and know less
// than the board does. Where the board had none, had is nil.
func (e answered) fits(had *uint8) error {
	switch {
	case had == nil || e.Incarnation > *had && !e.Kept || e.Incarnation == *had && e.Kept:
		return nil
	case e.Kept:
		return fmt.Errorf("head office keeps a journal of incarnation %d, this board has one of incarnation %d; nothing was changed", e.Incarnation, *had)
	}
	return fmt.Errorf("head office gives incarnation %d, which does not come after this board's %d: serials would be used twice; try another token, nothing was changed", e.Incarnation, *had)
}

// enrolling is what an enrolment is made of, as the command line has it.
type enrolling struct{ office, token, kiosk, ca, out, site string }

func (t *tool) enrolCommand() *cobra.Command {
	var o enrolling
	cmd := &cobra.Command{
		Use: "enrol", Short: "makes a key, has head office certify it, and writes enrolled.toml", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if o.office == "" || o.token == "" || o.out == "" || o.kiosk == "" {
				return cmdline.Usage("enrol needs --office, --token, --kiosk and --out")
			}
			return t.enrol(o)
		},
	}

	cmd.Flags().StringVar(&o.office, "office", "", "address of head office, https://; http:// on this machine only")
	cmd.Flags().StringVar(&o.token, "token", "", "one-time enrolment token")
	cmd.Flags().StringVar(&o.kiosk, "kiosk", "", "terminal number, 8 digits")
	cmd.Flags().StringVar(&o.out, "out", "", "folder for key, certificate and enrolled.toml")
	cmd.Flags().StringVar(&o.ca, "ca", "", "certificates head office's https is checked against, beside the token that it proves itself by")
	cmd.Flags().StringVar(&o.site, "site", "", "settings of the site, which go beside enrolled.toml as "+siteFile+"; left out with a warning if a kiosk cannot have them")
	return cmd
}

func (t *tool) enrol(o enrolling) error {
	if _, err := officeURL(o.office); err != nil { // before a key is made for the token
		return err
	}
	cfg, _ := t.config() // that of a board without a name is not whole, and says which board it is
	keys, err := boardkey.Of(cfg, slog.New(slog.NewTextHandler(t.errs, nil)))
	if err != nil {
		return err
	}
	folder, err := openEnrolFolder(keys, o.out)
	if err != nil {
		return fmt.Errorf("cannot keep an enrolment: %w", err)
	}

	key, err := folder.key(o.token) // durable before the token is spent on it
	if err != nil {
		return fmt.Errorf("cannot make a key: %w", err)
	}

	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: o.kiosk}}, key)
	if err != nil {
		return fmt.Errorf("cannot make a certificate request: %w", err)
	}

	had := folder.incarnation(o.kiosk)
	e, err := askEnrol(o, encodePEM("CERTIFICATE REQUEST", csr), had)
	if err != nil {
		return err
	}

	if e.Kiosk != o.kiosk {
		return fmt.Errorf("the token is for kiosk %q, not %q", e.Kiosk, o.kiosk)
	}

	if err := e.fits(had); err != nil {
		return err
	}

	leftOut, err := keepEnrolment(folder, o, e)
	if err != nil {
		return fmt.Errorf("cannot keep the enrolment; the same command ends it: %w", err)
	}

	return t.print(map[string]any{"kiosk": o.kiosk, "incarnation": e.Incarnation, "dir": o.out, "left_out": leftOut}, func(w io.Writer) {
		for _, what := range leftOut {
			fmt.Fprintf(w, "left out: %s\n", what)
		}
		fmt.Fprintf(w, "kiosk %s is enrolled, incarnation %d; see %s\n", o.kiosk, e.Incarnation, o.out)
	})
}

// Bounds of head office's answer.
const (
	enrolTimeout = 30 * time.Second
	maxEnrolment = 1 << 20 // bytes
	maxRefusal   = 300     // bytes that are shown of a refusal
)

// officeURL is where head office is asked. In clear it is asked on this machine only.
func officeURL(office string) (string, error) {
	u, err := url.Parse(office)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", cmdline.Usage("--office: want https:// and head office's name")
	case u.Scheme == "http" && !httpgate.Local(httpgate.Name(u.Host)):
		return "", cmdline.Usage("--office: a board enrols over https:// only (http:// is for head office on this machine); head office serves https by itself")
	}

	return strings.TrimRight(office, "/") + enrolment.Path, nil
}

// askEnrol asks head office, which has to prove by the token that it is the one that gave
// it. So its TLS certificate, which a new board cannot check, need not be known: it is
// checked where --ca says against what.
func askEnrol(o enrolling, csr string, had *uint8) (e answered, err error) {
	to, err := officeURL(o.office)
	if err != nil {
		return e, err
	}
	q, err := enrolment.Ask(o.token, csr, had)
	if err != nil {
		return e, err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return e, err
	}
	answer, err := postEnrol(to, o.ca, body)
	if err != nil {
		return e, err
	}

	var a enrolment.Answer
	if err := json.Unmarshal(answer, &a); err != nil {
		return e, fmt.Errorf("head office's answer is no enrolment: %w", err)
	}
	proven, err := q.Read(o.token, a)
	if err != nil {
		return e, fmt.Errorf("%w: somebody else answers at %s, or on the way there; nothing was changed, and the token was not told", err, o.office)
	}
	if err := json.Unmarshal(proven, &e); err != nil || e.Cert == "" || e.CA == "" {
		return e, errors.Join(errors.New("head office's answer is no enrolment"), err)
	}

	return e, nil
}

func postEnrol(to, ca string, body []byte) ([]byte, error) {
	conf, err := enrolTLS(ca)
	if err != nil {
		return nil, err
	}
	client := http.Client{
		Timeout: enrolTimeout, Transport: &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Post(to, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot reach head office: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxEnrolment))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("this is no head office, or one that is older than this program: bring it up to date first; the token was not told")
	case resp.StatusCode == http.StatusServiceUnavailable:
		return nil, fmt.Errorf("head office cannot certify this board now (503): try again in a little; the token is not spent")
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("head office refuses (%d): %q", resp.StatusCode, answer[:min(len(answer), maxRefusal)])
	}

	return answer, nil
}

func enrolTLS(ca string) (*tls.Config, error) {
	if ca == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}, nil // see askEnrol
	}
	b, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s holds no certificate", ca)
	}

	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
