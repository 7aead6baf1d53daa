"""What an object looks like as JSON, for one audience. Codes are the workflow contract's; words are in the active
language, in the staff's wording or the applicant's."""
