"""Who is told of a model's alarms, and who next."""

from mlops_stages.reliable.notices.chat_channel import ChatChannel, SlackChannel, chat_channels
from mlops_stages.reliable.notices.model_notices import CODE, Escalation, ModelNotices

__all__ = ["CODE", "ChatChannel", "Escalation", "ModelNotices", "SlackChannel", "chat_channels"]
