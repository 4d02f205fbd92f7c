"""Amazon Q Developer in chat applications, whose API is called chatbot: channels of Slack."""
