package technician

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
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
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// enrolment is head office's answer.
type enrolment struct {
	Cert        string `json:"cert_pem"`
	CA          string `json:"ca_pem"`
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	PolicyKey   string `json:"policy_key"`
}

func (t *tool) enrolCommand() *cobra.Command {
	var office, token, out, kiosk, ca string
	cmd := &cobra.Command{
		Use: "enrol", Short: "makes a key, has head office certify it, and writes enrolled.toml", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if office == "" || token == "" || out == "" || kiosk == "" {
				return fmt.Errorf("%w: enrol needs --office, --token, --kiosk and --out", errUsage)
			}
			return t.enrol(office, token, kiosk, ca, out)
		},
	}
	cmd.Flags().StringVar(&office, "office", "", "address of head office, http:// or https://")
	cmd.Flags().StringVar(&token, "token", "", "one-time enrolment token")
	cmd.Flags().StringVar(&kiosk, "kiosk", "", "terminal number, 8 digits")
	cmd.Flags().StringVar(&out, "out", "", "folder for key, certificate and enrolled.toml")
	cmd.Flags().StringVar(&ca, "ca", "", "certificates head office's https is checked against")
	return cmd
}

func (t *tool) enrol(office, token, kiosk, ca, out string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("cannot make a key: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: kiosk}}, key)
	if err != nil {
		return fmt.Errorf("cannot make a certificate request: %w", err)
	}
	body, err := json.Marshal(map[string]string{"token": token, "csr_pem": encodePEM("CERTIFICATE REQUEST", csr)})
	if err != nil {
		return err
	}
	e, err := postEnrol(office, ca, body)
	if err != nil {
		return err
	}
	if e.Kiosk != kiosk {
		return fmt.Errorf("the token is for kiosk %q, not %q", e.Kiosk, kiosk)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	toml := fmt.Sprintf("kiosk = %q\nincarnation = %d\npolicy_key = %q\n\n[uplink]\nca = %q\ncert = %q\nkey = %q\n", kiosk, e.Incarnation,
		filepath.Join(out, "policy.pem"), filepath.Join(out, "ca.pem"), filepath.Join(out, "cert.pem"), filepath.Join(out, "key.pem"))
	for name, content := range map[string]string{
		"key.pem": encodePEM("PRIVATE KEY", der), "cert.pem": e.Cert, "ca.pem": e.CA, "policy.pem": e.PolicyKey, "enrolled.toml": toml,
	} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("cannot keep the enrolment: %w", err)
		}
	}
	return t.print(map[string]any{"kiosk": kiosk, "incarnation": e.Incarnation, "dir": out}, func(w io.Writer) {
		fmt.Fprintf(w, "kiosk %s is enrolled, incarnation %d; see %s\n", kiosk, e.Incarnation, out)
	})
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
