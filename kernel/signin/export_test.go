package signin

import "time"

// TOTPCode is what an authenticator shows at a moment.
func TOTPCode(secret []byte, at time.Time) string { return totpCode(secret, at.Unix()/30) }

var (
	CheckHash    = checkPassword
	HashPassword = hashPassword
)

// Cheaply makes hashes cost next to nothing until the returned function is called:
// most tests are not about them.
func Cheaply() (dear func()) {
	was := current
	current = cost{memory: 64, passes: 1, lanes: 1}
	return func() { current = was }
}
