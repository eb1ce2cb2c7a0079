package reports

import (
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
)

// Settings are what the organisation decides about the report.
type Settings struct {
	// Class is the confidentiality line; "" says internal in the reader's language.
	Class string `json:"class,omitempty"`
	// Day of the month on which the report on the month before is sent; 0 never.
	Day        int         `json:"day,omitempty"`
	Recipients []Recipient `json:"recipients,omitempty"`
}

// Recipient is somebody the report is sent to, made under that person's rights.
type Recipient struct {
	Person string `json:"person"`
	Lang   string `json:"lang,omitempty"` // "" is the person's own
	Format Format `json:"format"`
}

const settingsKey = "reports.monthly"

// LoadSettings reads the settings; without any, nothing is sent.
func LoadSettings(r records.Reader) (s Settings, err error) {
	_, err = org.Setting(r, settingsKey, &s)
	return s, err
}

// sections are the parts that belong to no other module.
func sections() []report.Section {
	return []report.Section{decisionsSection, figuresSection, securitySection, qualitySection}
}
