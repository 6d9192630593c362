package technician

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/firmware/config"
	"wattkiosk/uplink/enrolment"
)

// headOffice answers every enrolment with kiosk 10000001 and that broker.
func headOffice(t *testing.T, broker string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q enrolment.Request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		prove(t, w, q, tokenOf(t, q), `{"cert_pem":"CERT","ca_pem":"CA","kiosk":"10000001","incarnation":3,"policy_key":"KEY","broker":"`+broker+`"}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestEnrolledKioskHasItsBrokerAndSite: what a kiosk can start with is there; what it
// cannot is left out and reported, and the kiosk is enrolled all the same.
func TestEnrolledKioskHasItsBrokerAndSite(t *testing.T) {
	const good, broker = "lang = \"en\"\r\n[devices.validator]\r\ndriver = \"id003\"\r\n", "tls://broker.example:8883"
	for _, tt := range []struct {
		name, broker, site string
		told               string // what is left out
		lang, driver, at   string
	}{
		{"as it should be", broker, good, "", "en", "id003", broker},
		{"with what an editor puts before it", broker, "\ufeff" + good, "", "en", "id003", broker},
		{"no broker", "", good, "", "en", "id003", ""},
		{"another way to the broker", broker, good + "[uplink]\nbroker = \"tls://10.0.0.1:8883\"\n", "", "en", "id003", "tls://10.0.0.1:8883"},
		{"no TOML", broker, "lang = en", "left out: site.toml: ", "zh", "ccnet", broker},
		{"an unknown key", broker, "language = \"en\"\n" + good, "unknown key language", "zh", "ccnet", broker},
		{"a value that is wrong", broker, good + "port = \"ttyS1\"\n", "devices.validator.port", "zh", "ccnet", broker},
		{"another kiosk", broker, "kiosk = \"10000002\"\n" + good, "head office's to say", "zh", "ccnet", broker},
		{"another certificate", broker, good + "[uplink]\ncert = \"/tmp/cert.pem\"\nkey = \"/tmp/key.pem\"\n", "head office's to say", "zh", "ccnet", broker},
		{"too large", broker, good + strings.Repeat("#", 1<<20), "larger than", "zh", "ccnet", broker},
		{"a broker that no kiosk may use", "tcp://broker.example:1883", good, "the broker that head office names", "en", "id003", ""},
		{"no file", broker, "", "no such file", "zh", "ccnet", broker},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, site := t.TempDir(), filepath.Join(t.TempDir(), "from.toml")
			if tt.site != "" {
				if err := os.WriteFile(site, []byte(tt.site), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			said := run(t, 0, "enrol", "--office", headOffice(t, tt.broker), "--token", "secret", "--kiosk", "10000001", "--out", out, "--site", site)
			if strings.Contains(said, "secret") || !strings.Contains(said, "kiosk 10000001 is enrolled, incarnation 3") {
				t.Errorf("said %q", said)
			}
			if !strings.Contains(said, tt.told) || strings.Contains(said, "left out") != (tt.told != "") || strings.Count(said, "\n") > 2 {
				t.Errorf("said %q, want %q", said, tt.told)
			}
			// A folder of drop-ins, as a board reads it.
			dir := filepath.Join(t.TempDir(), "kiosk.d")
			if err := os.Symlink(out, dir); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load([]string{dir}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Kiosk != "10000001" || cfg.Incarnation != 3 || cfg.PolicyKey != filepath.Join(out, "policy.pem") || cfg.Uplink.Key != filepath.Join(out, "key.pem") {
				t.Errorf("%+v", cfg)
			}
			if cfg.Lang != tt.lang || cfg.Devices.Validator.Driver != tt.driver || cfg.Uplink.Broker != tt.at {
				t.Errorf("%s, %s, %q", cfg.Lang, cfg.Devices.Validator.Driver, cfg.Uplink.Broker)
			}
		})
	}
}
