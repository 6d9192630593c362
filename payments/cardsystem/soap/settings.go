package soap

import "wattkiosk/payments/soap"

// Settings are one service, as a file says; see payments/soap.
type Settings soap.Settings

// Config is what the settings say, for a client. An error repeats no setting that may be
// secret.
func (s Settings) Config() (Config, error) {
	to, err := soap.Settings(s).Access()

	return Config{URL: to.URL, Version: to.Version, Charset: to.Charset, User: to.User, Roots: to.Roots}, err
}
