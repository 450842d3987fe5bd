"""The course of each disease: lupus, dermatomyositis, systemic sclerosis, and their autoantibodies."""
