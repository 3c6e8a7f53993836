-- A user's conversations, in the order in which they began.
CREATE INDEX member_by_user ON member (user, conversation);
