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
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
)

// enrolment is head office's answer.
type enrolment struct {
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
func (e enrolment) fits(had *uint8) error {
	switch {
	case had == nil || e.Incarnation > *had && !e.Kept || e.Incarnation == *had && e.Kept:
		return nil
	case e.Kept:
		return fmt.Errorf("head office keeps a journal of incarnation %d, this board has one of incarnation %d; nothing was changed", e.Incarnation, *had)
	}
	return fmt.Errorf("head office gives incarnation %d, which does not come after this board's %d: serials would be used twice; try another token, nothing was changed", e.Incarnation, *had)
}

// question is what head office is asked. Incarnation is that of the journal that the
// board had, nil if it had none.
type question struct {
	Token       string `json:"token"`
	CSR         string `json:"csr_pem"`
	Incarnation *uint8 `json:"incarnation,omitempty"`
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

	cmd.Flags().StringVar(&o.office, "office", "", "address of head office, http:// or https://")
	cmd.Flags().StringVar(&o.token, "token", "", "one-time enrolment token")
	cmd.Flags().StringVar(&o.kiosk, "kiosk", "", "terminal number, 8 digits")
	cmd.Flags().StringVar(&o.out, "out", "", "folder for key, certificate and enrolled.toml")
	cmd.Flags().StringVar(&o.ca, "ca", "", "certificates head office's https is checked against")
	cmd.Flags().StringVar(&o.site, "site", "", "settings of the site, which go beside enrolled.toml as "+siteFile+"; left out with a warning if a kiosk cannot have them")
	return cmd
}

func (t *tool) enrol(o enrolling) error {
	folder, err := openEnrolFolder(o.out)
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
	e, err := askEnrol(o, question{o.token, encodePEM("CERTIFICATE REQUEST", csr), had})
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

// errBadRequest says that head office does not understand the question.
var errBadRequest = errors.New("head office does not understand")

// askEnrol asks head office. One that is older than the question about incarnations
// refuses a question that names it, with the token unspent, and is asked without.
func askEnrol(o enrolling, q question) (enrolment, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return enrolment{}, err
	}
	e, err := postEnrol(o.office, o.ca, body)
	if errors.Is(err, errBadRequest) && q.Incarnation != nil {
		q.Incarnation = nil
		return askEnrol(o, q)
	}
	return e, err
}

func postEnrol(office, ca string, body []byte) (enrolment, error) {
	var e enrolment
	client := http.Client{Timeout: 30 * time.Second}
	if ca != "" {
		b, err := os.ReadFile(ca)
		if err != nil {
			return e, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(b) {
			return e, fmt.Errorf("%s holds no certificate", ca)
		}
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}
	}

	resp, err := client.Post(office+"/api/v1/enrol", "application/json", bytes.NewReader(body))
	if err != nil {
		return e, fmt.Errorf("cannot reach head office: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return e, err
	}

	if resp.StatusCode == http.StatusBadRequest {
		return e, fmt.Errorf("%w: %s", errBadRequest, answer)
	}

	if resp.StatusCode != http.StatusOK {
		return e, fmt.Errorf("head office refuses: %s", answer)
	}

	if err := json.Unmarshal(answer, &e); err != nil || e.Cert == "" || e.CA == "" {
		return e, errors.Join(errors.New("head office's answer is no enrolment"), err)
	}

	return e, nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
