package soap_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/cardsystemtest"
	cardsoap "wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/soap"
)

func TestRoadConforms(t *testing.T) {
	ledger, err := s2.New(s2.Config{}) // whose statuses are those of the documents
	if err != nil {
		t.Fatal(err)
	}
	says := cardsystemtest.S2()
	for _, c := range []struct {
		name    string
		version soap.Version
		charset soap.Charset
		user    *soap.User
	}{
		{"SOAP 1.1, GB18030, digest", soap.V11, soap.GB18030, &soap.User{Name: "kiosk", Password: "合肥 & <1>", Digest: true}},
		{"SOAP 1.2, UTF-8, text", soap.V12, soap.UTF8, &soap.User{Name: "kiosk", Password: "合肥 & <1>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cardsystemtest.Run(t, cardsystemtest.Road{Dialect: ledger, Says: says, Connect: func(t *testing.T, sim *cardsystemsim.Server, timeout time.Duration) cardsystemtest.Caller {
				t.Helper()
				server := httptest.NewServer(cardsystemsim.Web{Server: sim, Service: soap.Service{User: c.user, Charset: c.charset, Now: time.Now}})
				t.Cleanup(server.Close)
				client, err := cardsoap.New(cardsoap.Config{
					URL: server.URL, Version: c.version, Charset: c.charset, User: c.user, Now: time.Now, Timeout: timeout,
				}, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = client.Close() })

				return client
			}})
		})
	}
}
