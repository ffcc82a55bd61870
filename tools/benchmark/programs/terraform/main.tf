# The same numbers with Terraform and the generic provider for REST APIs, Mastercard/restapi.

terraform {
  required_providers {
    restapi = { source = "Mastercard/restapi" }
  }
}

variable "base_url" { type = string }

variable "token" {
  type      = string
  sensitive = true
}

# Each resource's inputs, by its name.
variable "numbers" { type = any }

provider "restapi" {
  uri                  = var.base_url
  bearer_token         = var.token
  id_attribute         = "external_did_sid"
  update_method        = "PATCH"
  write_returns_object = true
}

resource "restapi_object" "number" {
  for_each = var.numbers

  path = "/phonenumber/external_dids"
  data = jsonencode(each.value)

  # CarrierX refuses what cannot be updated, and answers numbers with + and without.
  update_data             = jsonencode({ for name in ["name", "callback_url", "attributes"] : name => each.value[name] })
  ignore_changes_to       = ["phonenumber"]
  ignore_server_additions = true
}
